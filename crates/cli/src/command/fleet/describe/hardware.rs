//! What a computer says of itself.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;

use domi_fleet::Machine;
use domi_host::Interrupt;
use domi_host::command::Program;

use crate::failure::Result;

/// What firmware says where nobody wrote anything into it.
const NOTHING: [&str; 7] = [
    "",
    "0",
    "None",
    "Default string",
    "Not Specified",
    "System Product Name",
    "To Be Filled By O.E.M.",
];

/// A computer as its maker and the kernel describe it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Hardware {
    /// What its maker calls it; empty where nothing says it.
    pub(super) model: String,
    /// Its serial number; empty where nothing says it.
    pub(super) serial: String,
    /// Whether there is a serial number that only root may read.
    pub(super) serial_is_secret: bool,
    /// The hardware addresses of its network cards, each with the card's name; by name.
    pub(super) cards: Vec<(String, String)>,
}

impl Hardware {
    /// The computer whose `/sys` this is.
    pub(super) fn of(sys: &Path) -> Self {
        let model = ["class/dmi/id/product_name", "firmware/devicetree/base/model"];
        let serial = ["class/dmi/id/product_serial", "firmware/devicetree/base/serial-number"];
        let is_secret = |file: &str| {
            let read = std::fs::read(sys.join(file));
            read.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
        };
        Self {
            model: first(sys, &model),
            serial: first(sys, &serial),
            serial_is_secret: serial.into_iter().any(is_secret),
            cards: cards(&sys.join("class/net")),
        }
    }
}

/// The first of these files that says something.
fn first(sys: &Path, files: &[&str]) -> String {
    let texts = files.iter().map(|file| text(&sys.join(file)));
    texts.into_iter().find(|text| !NOTHING.contains(&text.as_str())).unwrap_or_default()
}

/// What a file says in one line; nothing where it cannot be read. Texts of a device tree end with a zero.
fn text(file: &Path) -> String {
    let bytes = std::fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control()).to_owned()
}

/// The network cards that are hardware: bridges, tunnels and the like have no device.
fn cards(net: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(net).into_iter().flatten().flatten();
    let is_card = |path: &Path| path.join("device").exists();
    let paths = entries.map(|entry| entry.path()).filter(|path| is_card(path));
    let name = |path: &Path| path.file_name().and_then(OsStr::to_str).map(str::to_owned);
    let mut cards: Vec<_> = paths
        .filter_map(|path| Some((name(&path)?, text(&path.join("address")).to_lowercase())))
        .filter(|(_, address)| address.len() == "52:54:00:00:00:01".len())
        .filter(|(_, address)| address != "00:00:00:00:00:00")
        .collect();
    cards.sort();
    cards
}

/// What this computer is: metal, unless systemd says that it runs on another one.
pub(super) fn kind(interrupt: &Interrupt) -> Result<Machine> {
    for (question, kind) in [("--container", Machine::Container), ("--vm", Machine::Virtual)] {
        match Program::new("systemd-detect-virt").args(["--quiet", question]).run(interrupt) {
            Ok(outcome) if outcome.success() => return Ok(kind),
            Ok(_) => {}
            Err(error) if error.is_missing() => return Ok(Machine::Metal),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Machine::Metal)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder like `/sys`, with files of these texts.
    fn sys(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_computer_with_firmware_of_a_pc_is_described() {
        let folder = sys(&[
            ("class/dmi/id/product_name", "Box \"9\" ${here}\n"),
            ("class/dmi/id/product_serial", "To Be Filled By O.E.M.\n"),
            ("class/net/lo/address", "00:00:00:00:00:00\n"),
            ("class/net/br0/address", "52:54:00:00:00:09\n"),
            ("class/net/enp2s0/address", "52:54:00:00:00:0A\n"),
            ("class/net/enp2s0/device/vendor", ""),
            ("class/net/enp1s0/address", "52:54:00:00:00:02\n"),
            ("class/net/enp1s0/device/vendor", ""),
            // InfiniBand has longer ones.
            (
                "class/net/ib0/address",
                "80:00:02:08:fe:80:00:00:00:00:00:00:f4:52:14:03:00:7b:cb:a1\n",
            ),
            ("class/net/ib0/device/vendor", ""),
        ]);
        let cards = [("enp1s0", "52:54:00:00:00:02"), ("enp2s0", "52:54:00:00:00:0a")];
        let wanted = Hardware {
            model: "Box \"9\" ${here}".to_owned(),
            cards: cards.map(|(name, mac)| (name.to_owned(), mac.to_owned())).to_vec(),
            ..Hardware::default()
        };
        assert_eq!(Hardware::of(folder.path()), wanted);
    }

    #[test]
    fn a_board_says_it_in_its_device_tree() {
        let folder = sys(&[
            ("firmware/devicetree/base/model", "Board 4 Model B\0"),
            ("firmware/devicetree/base/serial-number", "10000000abcdef01\0"),
        ]);
        let hardware = Hardware::of(folder.path());
        assert_eq!([&*hardware.model, &*hardware.serial], ["Board 4 Model B", "10000000abcdef01"]);
    }

    #[test]
    fn a_computer_that_says_nothing_has_nothing() {
        assert_eq!(Hardware::of(Path::new("/nowhere")), Hardware::default());
    }
}
