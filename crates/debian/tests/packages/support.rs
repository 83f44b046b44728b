//! Small packages, made like real ones.

use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::path::{Path, PathBuf};

use domi_debian::Deb;

/// A package to be written as a `.deb`.
pub(crate) struct Package {
    control: String,
    members: Vec<(String, String)>,
    data: tar::Builder<Vec<u8>>,
}

impl Package {
    pub(crate) fn new(name: &str, more_control: &str) -> Self {
        let control = format!(
            "Package: {name}\nVersion: 1:1.0-1\nArchitecture: amd64\nMaintainer: Test <t@test>\n\
             Description: a test\n about {name}\n{more_control}"
        );
        Self { control, members: Vec::new(), data: tar::Builder::new(Vec::new()) }
    }

    pub(crate) fn member(mut self, name: &str, text: &str) -> Self {
        self.members.push((name.into(), text.into()));
        self
    }

    pub(crate) fn file(self, path: &str, mode: u32, content: &[u8]) -> Self {
        self.entry(path, tar::EntryType::Regular, "", mode, content)
    }

    pub(crate) fn link(self, path: &str, kind: tar::EntryType, target: &str) -> Self {
        self.entry(path, kind, target, 0o777, b"")
    }

    /// Writes the path as it is given, as a hostile package would.
    pub(crate) fn entry(
        mut self,
        path: &str,
        kind: tar::EntryType,
        target: &str,
        mode: u32,
        content: &[u8],
    ) -> Self {
        for (name, kind) in [(target, b'K'), (path, b'L')] {
            if name.len() > 99 {
                let mut header = tar::Header::new_gnu();
                header.as_gnu_mut().unwrap().name[..13].copy_from_slice(b"././@LongLink");
                header.set_entry_type(tar::EntryType::new(kind));
                header.set_size(name.len() as u64 + 1);
                header.set_cksum();
                self.data.append(&header, &[name.as_bytes(), b"\0"].concat()[..]).unwrap();
            }
        }
        let mut header = tar::Header::new_gnu();
        let gnu = header.as_gnu_mut().unwrap();
        let fill = |field: &mut [u8; 100], text: &str| {
            let length = text.len().min(99);
            field[..length].copy_from_slice(&text.as_bytes()[..length]);
        };
        fill(&mut gnu.name, path);
        fill(&mut gnu.linkname, target);
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(1);
        header.set_size(content.len() as u64);
        header.set_cksum();
        self.data.append(&header, content).unwrap();
        self
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        self.archive(".zst", |bytes| compress_to_vec(bytes, CompressionLevel::Fastest))
    }

    /// The package without compression.
    pub(crate) fn plain(self) -> Vec<u8> {
        self.archive("", <[u8]>::to_vec)
    }

    fn archive(mut self, suffix: &str, compress: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let mut control = tar::Builder::new(Vec::new());
        self.members.push(("control".into(), self.control.clone()));
        for (name, text) in &self.members {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o755);
            header.set_size(text.len() as u64);
            control.append_data(&mut header, format!("./{name}"), text.as_bytes()).unwrap();
        }
        let mut archive = ar::Builder::new(Vec::new());
        let parts = [
            ("debian-binary".to_owned(), b"2.0\n".to_vec()),
            (format!("control.tar{suffix}"), compress(&control.into_inner().unwrap())),
            (format!("data.tar{suffix}"), compress(&self.data.into_inner().unwrap())),
        ];
        for (name, content) in parts {
            let header = ar::Header::new(name.into(), content.len() as u64);
            archive.append(&header, &content[..]).unwrap();
        }
        archive.into_inner().unwrap()
    }
}

/// A package file as `Apt` would describe it.
pub(crate) fn deb(folder: &Path, name: &str, bytes: &[u8]) -> Deb {
    let path: PathBuf = folder.join(format!("{name}.deb"));
    std::fs::write(&path, bytes).unwrap();
    Deb {
        name: name.into(),
        version: "1:1.0-1".into(),
        architecture: "amd64".into(),
        path,
        digest: String::new(),
        after: Vec::new(),
    }
}
