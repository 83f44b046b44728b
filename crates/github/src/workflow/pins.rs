//! The actions that the workflow uses, each at one commit: a tag can be moved, a commit cannot.

/// An action.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pin {
    /// Its name and commit.
    pub(super) uses: &'static str,
    /// What its authors call that commit.
    pub(super) version: &'static str,
}

pub(super) const CHECKOUT: Pin =
    Pin { uses: "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", version: "v7.0.1" };
pub(super) const CACHE: Pin =
    Pin { uses: "actions/cache@55cc8345863c7cc4c66a329aec7e433d2d1c52a9", version: "v6.1.0" };
pub(super) const CACHE_RESTORE: Pin = Pin {
    uses: "actions/cache/restore@55cc8345863c7cc4c66a329aec7e433d2d1c52a9",
    version: "v6.1.0",
};
pub(super) const CACHE_SAVE: Pin =
    Pin { uses: "actions/cache/save@55cc8345863c7cc4c66a329aec7e433d2d1c52a9", version: "v6.1.0" };
pub(super) const UPLOAD: Pin = Pin {
    uses: "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a",
    version: "v7.0.1",
};
pub(super) const DOWNLOAD: Pin = Pin {
    uses: "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
    version: "v8.0.1",
};
pub(super) const NIX: Pin = Pin {
    uses: "cachix/install-nix-action@13d8dd58da0234aa297dedd986986ccb8e7f3e24",
    version: "v31.11.1",
};
