//! Damaged inputs, for tests of readers.
//!
//! A reader is given inputs that are nearly right: real ones, with bytes or JSON values changed at
//! random. Whatever it answers, it must not panic and must end. This crate makes the inputs and
//! watches the time; it does not know the readers.
//!
//! [`cases`] says how many: a few in every `cargo test`, a million if `DOMI_MUTATIONS` asks for it.

mod bytes;
mod json;
mod watch;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestError, TestRunner};

pub use bytes::mutated;
pub use json::mutated_json;

/// How many inputs each reader is given: `DOMI_MUTATIONS`, or 2,000.
///
/// # Panics
/// If `DOMI_MUTATIONS` is not a number.
pub fn cases() -> u32 {
    std::env::var("DOMI_MUTATIONS")
        .map_or(2000, |number| number.parse().expect("DOMI_MUTATIONS is a number of inputs"))
}

/// Gives a reader of text these texts, and then [`cases`] inputs that are nearly one of them.
///
/// # Panics
/// If the reader panics.
#[track_caller]
pub fn read_texts(texts: &[&str], read: impl Fn(&str)) {
    texts.iter().copied().for_each(&read);
    let inputs = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    read_all(&mutated(inputs), |bytes| read(&String::from_utf8_lossy(bytes)));
}

/// Gives a reader [`cases`] inputs. An input that makes it panic is reduced and shown. One that
/// takes longer than a minute is shown, and ends the process.
///
/// # Panics
/// If the reader panics.
pub fn read_all(inputs: &impl Strategy<Value = Vec<u8>>, read: impl Fn(&[u8])) {
    let config = Config { cases: cases(), failure_persistence: None, ..Config::default() };
    let watch = watch::Watch::start();
    let result = TestRunner::new(config).run(inputs, |input| {
        let _reading = watch.reading(&input);
        read(&input);
        Ok(())
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(why, input)) => {
            panic!("{why}, with the input: {}", input.escape_ascii())
        }
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}
