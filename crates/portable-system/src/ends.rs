use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::machines::Machines;

/// Ends machines beside everything else, so that no verdict waits for that. All of them are gone
/// when this is dropped.
#[derive(Debug, Default)]
pub struct Ends(Mutex<Vec<JoinHandle<()>>>);

impl Ends {
    /// Ends the machines of a test.
    pub fn end(&self, machines: Machines) {
        // Where there is no thread to be had, they end here and now.
        let ending = std::thread::Builder::new().name("ends".to_owned());
        if let Ok(ending) = ending.spawn(move || drop(machines)) {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|ending| !ending.is_finished());
            all.push(ending);
        }
    }

    /// Waits until all that were to end have.
    pub fn wait(&self) {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for ending in all {
            let _ = ending.join();
        }
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.wait();
    }
}
