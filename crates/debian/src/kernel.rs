//! Reads a kernel and its modules from a distribution's packages.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use crate::Result as TypedResult;
use crate::apt::Deb;
use crate::archive::decompress;
use crate::deb::{EntryKind, Package};
use crate::modules::Modules;

/// No kernel or module is larger than this.
const LIMIT: u64 = 512 << 20;

/// A kernel as its packages bring it.
pub(crate) struct Kernel {
    /// Its release, as `uname -r` says it.
    pub(crate) release: String,
    /// The image in the form that starts fastest: no longer compressed.
    pub(crate) image: Vec<u8>,
    pub(crate) modules: Modules,
}

impl Kernel {
    /// Reads a kernel from its package, or from those that it is split into.
    pub(crate) fn read(debs: &[Deb]) -> TypedResult<Self> {
        let mut files = BTreeMap::new();
        for deb in debs {
            for entry in Package::read(&deb.path)?.entries {
                if let EntryKind::File(content) = entry.kind {
                    let path = String::from_utf8_lossy(&entry.path).into_owned();
                    files.insert(path.strip_prefix("usr/").unwrap_or(&path).to_owned(), content);
                }
            }
        }
        Ok(Self::from_files(files)?)
    }

    fn from_files(mut files: BTreeMap<String, Vec<u8>>) -> Result<Self> {
        let image = files
            .keys()
            .find_map(|path| path.strip_prefix("boot/vmlinu"))
            .and_then(|rest| rest.split_once('-'))
            .map(|(form, release)| (format!("boot/vmlinu{form}-{release}"), release.to_owned()));
        let (path, release) = image.context("the kernel's packages have no boot/vmlinuz-*")?;
        let image = files.remove(&path).expect("the path is one of the files");
        let image = uncompressed(&image).with_context(|| format!("cannot read {path}"))?;
        let modules = Modules::new(files, &release);
        Ok(Self { release, image, modules })
    }
}

/// The kernel inside a boot image: the payload of an x86 `bzImage` or of an EFI `zboot` image,
/// or the image itself where it is nothing but compressed or plain.
fn uncompressed(image: &[u8]) -> Result<Vec<u8>> {
    let payload = if image.get(0x202..0x206) == Some(b"HdrS") {
        // The setup header counts from the protected-mode code, which follows the boot sector
        // and `setup_sects` sectors (0 means 4, from before there was a field).
        let sectors = image.get(0x1f1).copied().context("cut short")?;
        let sectors = if sectors == 0 { 4 } else { usize::from(sectors) };
        let start = (sectors + 1) * 512 + number(image, 0x248)?;
        slice(image, start, number(image, 0x24c)?)?
    } else if image.get(4..8) == Some(b"zimg") {
        slice(image, number(image, 8)?, number(image, 12)?)?
    } else {
        image
    };
    let plain = decompress(payload, LIMIT)?;
    if payload.len() != image.len() && plain.len() == payload.len() {
        bail!("its payload is compressed in a way that is not supported");
    }
    Ok(plain)
}

fn number(bytes: &[u8], at: usize) -> Result<usize> {
    let field = bytes.get(at..at + 4).context("cut short")?;
    let field: [u8; 4] = field.try_into().expect("the slice has four bytes");
    Ok(u32::from_le_bytes(field) as usize)
}

fn slice(bytes: &[u8], start: usize, length: usize) -> Result<&[u8]> {
    start.checked_add(length).and_then(|end| bytes.get(start..end)).context("cut short")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    fn bz_image(payload: &[u8]) -> Vec<u8> {
        let mut image = vec![0; 1024];
        image[0x1f1] = 1;
        image[0x202..0x206].copy_from_slice(b"HdrS");
        image[0x248..0x24c].copy_from_slice(&16_u32.to_le_bytes());
        image[0x24c..0x250].copy_from_slice(&(payload.len() as u32).to_le_bytes());
        image.extend_from_slice(&[0xcc; 16]);
        image.extend_from_slice(payload);
        image.extend_from_slice(&[0xcc; 100]);
        image
    }

    fn zboot_image(payload: &[u8]) -> Vec<u8> {
        let mut image = b"MZ\0\0zimg".to_vec();
        image.extend_from_slice(&32_u32.to_le_bytes());
        image.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        image.resize(32, 0);
        image.extend_from_slice(payload);
        image
    }

    #[track_caller]
    fn check(image: &[u8], expected: Result<&[u8], &str>) {
        let found = uncompressed(image).map_err(|error| format!("{error:#}"));
        assert_eq!(found.as_deref().map_err(|e| &**e), expected);
    }

    #[test]
    fn the_kernel_is_found_in_every_kind_of_image() {
        let mut payload = compress_to_vec(&b"kernel"[..], CompressionLevel::Fastest);
        payload.extend_from_slice(&6_u32.to_le_bytes());
        check(&bz_image(&payload), Ok(b"kernel"));
        check(&zboot_image(&payload), Ok(b"kernel"));
        check(&payload, Ok(b"kernel"));
        check(b"plain kernel", Ok(b"plain kernel"));
    }

    #[test]
    fn an_image_that_is_cut_short_is_refused() {
        let payload = compress_to_vec(&b"kernel"[..], CompressionLevel::Fastest);
        check(&bz_image(&payload)[..1045], Err("cut short"));
        check(
            &bz_image(b"unknown"),
            Err("its payload is compressed in a way that is not supported"),
        );
    }
}
