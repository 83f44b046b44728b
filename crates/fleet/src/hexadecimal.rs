//! Digests and salts as files have them.

/// The 32 bytes of a digest or a salt: 64 digits of 0-9 and a-f. Capitals are none, so that the same
/// bytes are always the same text.
pub(crate) fn bytes(text: &str) -> Option<[u8; 32]> {
    let bytes = blake3::Hash::from_hex(text).ok()?;
    (*bytes.to_hex() == *text).then(|| bytes.into())
}
