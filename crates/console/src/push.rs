//! Files into a machine, as a tar archive on a channel of its own.

/// Unpacks what is pushed. tar reads whole records and stops at the archive's end, so that nothing
/// needs to say its length.
pub(crate) const UNPACK: &str =
    "exec tar -C / --keep-directory-symlink --no-overwrite-dir -xf - </dev/vport0p2";

/// An archive of whole records: the machine's tar waits for the last one's last byte.
pub(crate) fn whole_records(mut archive: Vec<u8>) -> Vec<u8> {
    const RECORD: usize = 20 * 512;
    archive.resize(archive.len().next_multiple_of(RECORD), 0);
    archive
}
