//! All that is done to start a program in a container, made before anything of it is done.

use std::ffi::{CString, c_char};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use crate::step::Step;

/// What a keeper does, and what the program's process does before it becomes the program.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Done once, by the process that keeps the container.
    pub(crate) keeper: Vec<Step>,
    /// Namespaces that the program's process has of its own from its first moment.
    pub(crate) own: libc::c_int,
    /// Done at each start, by the process that becomes the program.
    pub(crate) program: Vec<Step>,
    pub(crate) exec: Exec,
    kept: Vec<OwnedFd>,
}

/// A program with what it is told.
#[derive(Debug, Default)]
pub(crate) struct Exec {
    pub(crate) program: CString,
    pub(crate) arguments: Vec<CString>,
    pub(crate) environment: Vec<CString>,
}

impl Plan {
    /// Keeps a file open for the steps; its number there.
    pub(crate) fn keep(&mut self, fd: impl Into<OwnedFd>) -> RawFd {
        let fd = fd.into();
        let raw = fd.as_raw_fd();
        self.kept.push(fd);
        raw
    }

    /// The numbers of all files that are kept, and of `control`, in order.
    pub(crate) fn kept(&self, control: RawFd) -> Vec<RawFd> {
        let mut kept: Vec<RawFd> = self.kept.iter().map(AsRawFd::as_raw_fd).collect();
        kept.push(control);
        kept.sort_unstable();
        kept
    }
}

impl Exec {
    /// A program with its arguments, as they are written, and its environment.
    pub(crate) fn new(arguments: &[&str], environment: &[&str]) -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| text_of(text)).collect::<Vec<_>>();
        let arguments = texts(arguments);
        let program = arguments.first().cloned().unwrap_or_default();
        Self { program, arguments, environment: texts(environment) }
    }
}

/// Lists of strings as the kernel wants them, valid as long as the strings.
pub(crate) fn pointers(texts: &[CString]) -> Vec<*const c_char> {
    texts.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect()
}

/// A text for the kernel. One with a NUL character in it ends there.
pub(crate) fn text_of(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).unwrap_or_default()
}
