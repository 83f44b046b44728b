//! Ports of this computer that lead into a machine.

use std::time::Duration;

use domi_console::Drive;
use serde_json::json;

use super::Machine;
use crate::{Forward, Result};

/// How long a machine may take to give its network card an address.
const ADDRESS: Duration = Duration::from_secs(60);

/// The address that QEMU's network of one machine leads ports to.
const TAKE_ADDRESS: &str =
    "ip -batch - <<< $'link set dev eth0 up\naddr replace 10.0.2.15/24 dev eth0'";

impl Machine {
    /// Has ports of this computer lead into a machine that is in no network, until it ends or is
    /// booted again. From inside nothing else can be reached.
    ///
    /// # Errors
    /// When a port is taken, or QEMU was built without a network for one machine.
    pub fn forward(&mut self, ports: &[Forward]) -> Result<()> {
        if ports.is_empty() {
            return Ok(());
        }
        let rules: Vec<_> = ports
            .iter()
            .map(|Forward { host, guest }| json!({ "str": format!("tcp:127.0.0.1:{host}-:{guest}") }))
            .collect();
        let outside =
            json!({ "type": "user", "id": "outside", "restrict": true, "hostfwd": rules });
        self.ask_monitor("netdev_add", &outside)?;
        // The card of every machine is on this hub.
        let joined = json!({ "type": "hubport", "id": "joined", "hubid": 0, "netdev": "outside" });
        self.ask_monitor("netdev_add", &joined)?;
        let output = self.execute(TAKE_ADDRESS, ADDRESS)?;
        output.succeeded("the guest could not take an address for its ports")?;
        Ok(())
    }
}
