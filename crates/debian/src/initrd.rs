//! The initrd: a static busybox, the modules that reach the disk, and our first process.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use cpio::newc;

use crate::Result as TypedResult;
use crate::apt::Deb;
use crate::deb::{EntryKind, Package};
use crate::kernel::Kernel;

/// Modules loaded before the root is mounted: those of every device a machine may have, so that
/// nothing has to wait for udev to find them later.
const MODULES: [&str; 8] = [
    "virtio_pci",
    "virtio_mmio",
    "virtio_blk",
    "virtio_console",
    "virtio_net",
    "virtio_rng",
    "virtio_balloon",
    "ext4",
];

/// The cpio archive (`newc`, not compressed: decompressing would take the guest longer than
/// reading does).
pub(crate) fn initrd(kernel: &Kernel, busybox: &Deb) -> TypedResult<Vec<u8>> {
    let busybox = busybox_program(busybox)?;
    let names = kernel.modules.select(&[], &MODULES);
    let modules = kernel.modules.closure(names)?;
    let mut archive = Archive::default();
    archive.file("init", 0o755, include_bytes!("../overlay/init.sh"))?;
    archive.file("configure", 0o644, include_bytes!("../overlay/configure.sh"))?;
    archive.file("bin/busybox", 0o755, &busybox)?;
    let mut order = String::new();
    for module in &modules {
        let name = module.path.rsplit('/').next().unwrap_or(&module.path);
        archive.file(&format!("modules/{name}"), 0o644, &module.content)?;
        order += &format!("{name}\n");
    }
    archive.file("modules/order", 0o644, order.as_bytes())?;
    Ok(archive.finish()?)
}

fn busybox_program(deb: &Deb) -> TypedResult<Vec<u8>> {
    let package = Package::read(&deb.path)?;
    let program = package.entries.into_iter().find_map(|entry| match entry.kind {
        EntryKind::File(content) if entry.path.ends_with(b"bin/busybox") => Some(content),
        _ => None,
    });
    Ok(program.with_context(|| format!("{} has no bin/busybox", deb.path.display()))?)
}

/// A `newc` archive being written.
#[derive(Default)]
struct Archive {
    bytes: Vec<u8>,
    folders: BTreeSet<String>,
    entries: u32,
}

impl Archive {
    fn file(&mut self, path: &str, mode: u32, content: &[u8]) -> Result<()> {
        for (place, _) in path.match_indices('/') {
            let folder = &path[..place];
            if self.folders.insert(folder.to_owned()) {
                self.put(folder, newc::ModeFileType::Directory, 0o755, &[])?;
            }
        }
        self.put(path, newc::ModeFileType::Regular, mode, content)
    }

    fn put(
        &mut self,
        path: &str,
        kind: newc::ModeFileType,
        mode: u32,
        content: &[u8],
    ) -> Result<()> {
        self.entries += 1;
        let entry = newc::Builder::new(path).ino(self.entries).mode(mode).set_mode_file_type(kind);
        let length = u32::try_from(content.len()).context("a file of the initrd is too large")?;
        let mut writer = entry.write(&mut self.bytes, length);
        std::io::Write::write_all(&mut writer, content)?;
        writer.finish()?;
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>> {
        newc::trailer(&mut self.bytes)?;
        Ok(self.bytes)
    }
}
