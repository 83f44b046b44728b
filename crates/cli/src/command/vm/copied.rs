//! A folder of this computer, as an archive for a machine.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path};

use anyhow::Context as _;
use domi_host::Interrupt;
use fs_err as fs;

use crate::failure::Result;

/// The most that is copied, in bytes: an archive is in the memory of this process and of the machine.
pub(super) const MOST: u64 = 128 << 20;
/// Folders that the kernel of the machine fills.
const OF_THE_KERNEL: [&str; 3] = ["/proc", "/sys", "/dev"];

/// The archive of `FOLDER:PATH`, all of it root's; or why there is none. It takes from the room that
/// is left.
pub(super) fn archive(
    text: &str,
    room: &mut u64,
    interrupt: &Interrupt,
) -> Result<Result<Vec<u8>, String>> {
    let (folder, to) = match places(text) {
        Ok(places) => places,
        Err(why) => return Ok(Err(why)),
    };
    let mut archive = tar::Builder::new(Vec::new());
    let mut open = vec![(folder.to_owned(), to.to_owned())];
    while let Some((from, to)) = open.pop() {
        interrupt.check()?;
        let added = add(&mut archive, (&from, &to), room, &mut open);
        if let Err(error) = added {
            return Ok(Err(format!("{error:#}")));
        }
    }
    Ok(Ok(archive.into_inner().context("an archive in memory cannot be ended")?))
}

/// The archive of these files, each with its place without the first slash, its mode and what it holds.
pub(super) fn packed<'a>(
    files: impl IntoIterator<Item = (String, u32, &'a [u8])>,
) -> anyhow::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, mode, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(mode);
        archive.append_data(&mut header, path, content).context("a file cannot be packed")?;
    }
    archive.into_inner().context("an archive in memory cannot be ended")
}

/// A folder here, and its place in the machine without the first slash.
fn places(text: &str) -> Result<(&Path, &Path), String> {
    let (folder, to) = text.rsplit_once(':').ok_or("it is not a folder and a path")?;
    let (folder, path) = (Path::new(folder), Path::new(to));
    let plain = |part: Component<'_>| matches!(part, Component::RootDir | Component::Normal(_));
    let place = path.strip_prefix("/").ok().filter(|place| *place != Path::new(""));
    let Some(place) = place.filter(|_| path.components().all(plain)) else {
        return Err(format!("`{to}` is no absolute path below / in the machine"));
    };
    if OF_THE_KERNEL.iter().any(|of| path.starts_with(of)) {
        return Err(format!("{to} is the kernel's in the machine"));
    }
    match std::fs::metadata(folder) {
        Ok(there) if there.is_dir() => Ok((folder, place)),
        Ok(_) => Err(format!("{} is no folder", folder.display())),
        Err(error) => Err(format!("{} cannot be read: {error}", folder.display())),
    }
}

/// Adds what is at a place; what is in a folder is added to what is still open.
fn add(
    archive: &mut tar::Builder<Vec<u8>>,
    (from, to): (&Path, &Path),
    room: &mut u64,
    open: &mut Vec<(std::path::PathBuf, std::path::PathBuf)>,
) -> anyhow::Result<()> {
    // The folder that was named may be a link; those inside stay links.
    let there = if archive.get_ref().is_empty() {
        fs::metadata(from)?
    } else {
        fs::symlink_metadata(from)?
    };
    let mut header = tar::Header::new_gnu();
    header.set_metadata(&there);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mode(there.permissions().mode() & 0o7777);
    header.set_size(0);
    if there.is_dir() {
        let mut inside = Vec::new();
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            inside.push((entry.path(), to.join(entry.file_name())));
        }
        inside.sort();
        open.extend(inside.into_iter().rev());
        archive.append_data(&mut header, to, std::io::empty())?;
    } else if there.is_symlink() {
        archive.append_link(&mut header, to, fs::read_link(from)?)?;
    } else if there.is_file() {
        // No more is read than what could be copied.
        let mut content = Vec::new();
        let most = room.saturating_add(1);
        fs::File::open(from)?.take(most).read_to_end(&mut content)?;
        let length = content.len() as u64;
        *room = room
            .checked_sub(length)
            .with_context(|| format!("all that is copied has more than {} MiB", MOST >> 20))?;
        header.set_size(length);
        archive.append_data(&mut header, to, &*content)?;
    } else {
        anyhow::bail!("{} is neither a file nor a folder nor a link", from.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<u8>, String> {
        archive(text, &mut MOST.clone(), &Interrupt::default()).expect("nothing of ours fails")
    }

    #[test]
    fn a_folder_arrives_with_modes_and_links_and_is_roots() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |path: &str| folder.path().join(path);
        std::fs::create_dir_all(at("a:b/empty")).expect("a folder");
        std::fs::write(at("a:b/run"), "#!/bin/sh\n").expect("written");
        std::fs::set_permissions(at("a:b/run"), PermissionsExt::from_mode(0o750)).expect("a mode");
        std::os::unix::fs::symlink("run", at("a:b/link")).expect("a link");
        std::os::unix::fs::symlink("a:b", at("alias")).expect("a link");
        let seen = |text: &str| {
            let bytes = of(text).expect("it can be copied");
            let mut seen = Vec::new();
            for entry in tar::Archive::new(&*bytes).entries().expect("entries") {
                let mut entry = entry.expect("an entry");
                let path = entry.path().expect("a path").display().to_string();
                let to = entry.link_name().expect("a link").map(|to| to.display().to_string());
                let header = entry.header();
                let (mode, uid) = (header.mode().expect("a mode"), header.uid().expect("a user"));
                let mut text = String::new();
                entry.read_to_string(&mut text).expect("text");
                seen.push((path, to.unwrap_or(text), uid));
                if seen.last().is_some_and(|(path, ..)| path.ends_with("run")) {
                    assert_eq!(mode, 0o750);
                }
            }
            seen
        };
        let entry = |path: &str, text: &str| (path.to_owned(), text.to_owned(), 0);
        let all = [
            entry("srv/x", ""),
            entry("srv/x/empty", ""),
            entry("srv/x/link", "run"),
            entry("srv/x/run", "#!/bin/sh\n"),
        ];
        assert_eq!(seen(&format!("{}:/srv/x", at("a:b").display())), all);
        assert_eq!(seen(&format!("{}:/srv/x/", at("alias").display())), all);
    }

    #[test]
    fn what_cannot_be_copied_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path().display();
        for (text, why) in [
            (format!("{here}"), "not a folder and a path"),
            (format!("{here}:srv"), "no absolute path"),
            (format!("{here}:/"), "no absolute path"),
            (format!("{here}:/srv/../etc"), "no absolute path"),
            (format!("{here}:/proc/x"), "the kernel's"),
            (format!("{here}/none:/srv"), "cannot be read"),
            ("/etc/hostname:/srv".to_owned(), "no folder"),
        ] {
            let said = of(&text).expect_err("it cannot be copied");
            assert!(said.contains(why), "{text}: {said}");
        }
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("s")).expect("one");
        let said = of(&format!("{here}:/srv")).expect_err("a socket cannot be copied");
        assert!(said.contains("neither a file"), "{said}");
        std::fs::remove_file(folder.path().join("s")).expect("removed");
        std::fs::write(folder.path().join("f"), "12345").expect("written");
        // No more of it is read than there is room for.
        let large = std::fs::File::create(folder.path().join("large")).expect("a file");
        large.set_len(1 << 40).expect("it is sparse");
        assert!(of(&format!("{here}:/srv")).expect_err("too much").contains("MiB"));
        std::fs::remove_file(folder.path().join("large")).expect("removed");
        let mut room = 4;
        let said = archive(&format!("{here}:/srv"), &mut room, &Interrupt::default());
        assert!(said.expect("nothing of ours").expect_err("too much").contains("MiB"));
    }
}
