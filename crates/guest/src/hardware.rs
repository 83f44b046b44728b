//! The hardware of a machine. Saved memory can only be restored on exactly the same devices, so
//! everything that QEMU must be told in the same way at save and at restore is made here, and is
//! part of a snapshot's key.

use std::path::Path;

use serde_json::{Value, json};

use crate::accel::Accel;
use crate::platform::Platform;
use crate::qemu::{CommandLine, escape};

/// The devices of a machine.
#[derive(Debug, Clone)]
pub(crate) struct Hardware {
    pub(crate) platform: &'static Platform,
    pub(crate) memory_mib: u32,
    pub(crate) cpus: u32,
    pub(crate) accel: Accel,
}

/// Where a machine's memory is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Memory<'a> {
    /// Nowhere on disk.
    Anonymous,
    /// In this file; what the machine writes changes the file.
    Shared(&'a Path),
    /// From this file, which does not change: the process keeps its own changes.
    Private(&'a Path),
}

impl Hardware {
    /// Memory in bytes.
    pub(crate) fn memory_bytes(&self) -> u64 {
        u64::from(self.memory_mib) << 20
    }

    /// Everything that must be the same at save and at restore.
    pub(crate) fn devices(&self) -> Vec<(&'static str, String)> {
        let device = |text: &str| ("-device", text.to_owned());
        vec![
            ("-machine", format!("{},memory-backend=ram", self.platform.machine)),
            ("-cpu", self.accel.cpu(self.platform).to_owned()),
            ("-smp", self.cpus.to_string()),
            ("-m", format!("{}M", self.memory_mib)),
            device("virtio-serial-pci,max_ports=8"),
            device("virtconsole,chardev=console,nr=0"),
            device("virtconsole,chardev=shell,nr=1"),
            device("virtserialport,chardev=push,name=domi.push,nr=2"),
            device("virtserialport,chardev=helper,name=domi.helper,nr=3"),
            device("virtserialport,chardev=out,name=domi.out,nr=4"),
            device("virtserialport,chardev=err,name=domi.err,nr=5"),
            device("virtio-blk-pci,drive=root,werror=report,rerror=report"),
            device("virtio-net-pci,netdev=net,mac=52:54:00:12:01:00,romfile="),
            device("virtio-blk-pci,drive=second"),
        ]
    }

    /// Starts a command line with the devices and the memory.
    pub(crate) fn command_line(&self, name: &str, memory: Memory) -> CommandLine {
        let mut line = CommandLine::new(self.platform.qemu);
        for flag in ["-nodefaults", "-no-user-config", "-no-reboot"] {
            line.flag(flag);
        }
        line.option("-display", "none");
        line.option("-name", escape(name));
        line.option("-accel", self.accel.option());
        line.option("-object", self.backend(memory).to_string());
        for (option, value) in self.devices() {
            line.option(option, value);
        }
        line
    }

    fn backend(&self, memory: Memory) -> Value {
        let size = self.memory_bytes();
        let file = |path: &Path, share: bool| {
            json!({ "qom-type": "memory-backend-file", "id": "ram", "size": size,
                    "mem-path": path, "share": share })
        };
        match memory {
            Memory::Anonymous => json!({ "qom-type": "memory-backend-ram", "id": "ram",
                                         "size": size }),
            Memory::Shared(path) => file(path, true),
            Memory::Private(path) => file(path, false),
        }
    }
}
