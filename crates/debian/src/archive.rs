//! Compressed bytes, recognised by their first bytes.

use std::io::Read;

use anyhow::{Context, Result, bail};
use ruzstd::decoding::StreamingDecoder;

/// How bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compression {
    Gzip,
    Xz,
    Zstd,
    Lz4,
    None,
}

fn compression(bytes: &[u8]) -> Compression {
    const KNOWN: [(&[u8], Compression); 4] = [
        (&[0x1f, 0x8b], Compression::Gzip),
        (b"\xfd7zXZ\0", Compression::Xz),
        (&[0x28, 0xb5, 0x2f, 0xfd], Compression::Zstd),
        (&[0x02, 0x21, 0x4c, 0x18], Compression::Lz4),
    ];
    KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)).map_or(Compression::None, |row| row.1)
}

/// Decompresses bytes; fails above `limit` bytes. Anything after the compressed stream is ignored,
/// since a kernel image puts its length there.
pub(crate) fn decompress(bytes: &[u8], limit: u64) -> Result<Vec<u8>> {
    let reader: Box<dyn Read> = match compression(bytes) {
        Compression::Gzip => Box::new(flate2::read::GzDecoder::new(bytes)),
        Compression::Xz => Box::new(liblzma::read::XzDecoder::new(bytes)),
        Compression::Zstd => return zstd(bytes, limit),
        Compression::Lz4 => Box::new(std::io::Cursor::new(legacy_lz4(&bytes[4..], limit)?)),
        Compression::None => Box::new(bytes),
    };
    read_at_most(reader, limit)
}

fn read_at_most(reader: impl Read, limit: u64) -> Result<Vec<u8>> {
    let mut plain = Vec::new();
    reader.take(limit + 1).read_to_end(&mut plain).context("cannot decompress it")?;
    if plain.len() as u64 > limit {
        bail!("it is larger than {limit} bytes once decompressed");
    }
    Ok(plain)
}

/// The first frame; its checksum, if it has one, must be right.
fn zstd(bytes: &[u8], limit: u64) -> Result<Vec<u8>> {
    let mut reader = StreamingDecoder::new(bytes).context("cannot decompress it")?;
    let plain = read_at_most(&mut reader, limit)?;
    let frame = reader.into_frame_decoder();
    if let Some(expected) = frame.get_checksum_from_data()
        && frame.get_calculated_checksum() != Some(expected)
    {
        bail!("cannot decompress it: its checksum is wrong");
    }
    Ok(plain)
}

/// The blocks of lz4's first format, which kernels still use: each has its length before it and
/// decompresses to at most 8 MiB. The format has no end mark, so the first incomplete block ends
/// it.
fn legacy_lz4(mut bytes: &[u8], limit: u64) -> Result<Vec<u8>> {
    const BLOCK: usize = 8 << 20;
    let mut plain = Vec::new();
    let mut block = vec![0; BLOCK];
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length) as usize;
        let Some((compressed, rest)) = rest.split_at_checked(length) else { break };
        let size = lz4_flex::block::decompress_into(compressed, &mut block)
            .context("cannot decompress it")?;
        plain.extend_from_slice(&block[..size]);
        bytes = rest;
        if size < BLOCK || plain.len() as u64 > limit {
            break;
        }
    }
    if plain.is_empty() {
        bail!("cannot decompress it: it is cut short");
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    use std::io::Write;

    #[track_caller]
    fn check(mut compressed: Vec<u8>) {
        compressed.extend_from_slice(&[7, 0, 0, 0]);
        assert_eq!(decompress(&compressed, 9).unwrap(), b"some text");
        decompress(&compressed, 8).unwrap_err();
        decompress(&compressed[..compressed.len() - 8], 9).unwrap_err();
    }

    #[test]
    fn every_compression_is_undone_and_nothing_more() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(b"some text").unwrap();
        check(gzip.finish().unwrap());
        let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
        xz.write_all(b"some text").unwrap();
        check(xz.finish().unwrap());
        check(compress_to_vec(&b"some text"[..], CompressionLevel::Fastest));
        let block = lz4_flex::block::compress(b"some text");
        let length = (block.len() as u32).to_le_bytes();
        check([&[0x02, 0x21, 0x4c, 0x18], &length[..], &block].concat());
        assert_eq!(decompress(b"some text", 9).unwrap(), b"some text");
    }

    /// What `zstd --ultra -22` makes of a pipe, as the build of a kernel does: its window is 128 MiB.
    const FROM_A_PIPE: [u8; 22] = *b"\x28\xb5\x2f\xfd\x04\x88\x49\0\0some text\xe1\x1e\xd8\xc1";

    #[test]
    fn a_frame_has_the_window_and_the_checksum_that_a_kernel_has() {
        check(FROM_A_PIPE.to_vec());
        let mut damaged = FROM_A_PIPE;
        damaged[10] ^= 1;
        let error = decompress(&damaged, 9).unwrap_err().to_string();
        assert!(error.contains("checksum"), "{error}");
    }
}
