//! Changes bytes without knowing what they mean.

use proptest::collection::vec;
use proptest::prelude::*;

/// Bytes that are often special to a reader: delimiters, line ends, numbers at a limit.
const TOKENS: [&[u8]; 32] = [
    b"\"",
    b"'",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b")",
    b"=",
    b":",
    b",",
    b"\n",
    b"\r\n",
    b"\0",
    b"#",
    b"-",
    b"..",
    b"/",
    b"%",
    b"$",
    b"\xff",
    b"\xe2\x80\xa8",
    b"\xf0\x9f\x98\x80",
    b"null",
    b"-1",
    b"0",
    b"9223372036854775808",
    b"18446744073709551616",
    b"1e400",
    b"-0.0",
    b"NaN",
];

/// One change. Places and lengths are fractions, so that they fit any input.
#[derive(Debug, Clone)]
enum Change {
    Flip { at: f64, bit: u8 },
    Insert { at: f64, token: usize },
    Remove { at: f64, length: f64 },
    Repeat { at: f64, length: f64, times: usize },
    Move { from: f64, to: f64, length: f64 },
    Cut { at: f64 },
}

/// One of these inputs with a few changes.
pub fn mutated(inputs: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (proptest::sample::select(inputs), vec(change(), 1..6)).prop_map(|(mut bytes, changes)| {
        for change in &changes {
            apply(&mut bytes, change);
        }
        bytes
    })
}

fn change() -> impl Strategy<Value = Change> {
    let place = || 0.0..1.0f64;
    // Most stretches are short: a long one would leave little to read.
    let length = || (0.0..1.0f64).prop_map(|x| x.powi(6));
    prop_oneof![
        4 => (place(), 0..8u8).prop_map(|(at, bit)| Change::Flip { at, bit }),
        4 => (place(), 0..TOKENS.len()).prop_map(|(at, token)| Change::Insert { at, token }),
        3 => (place(), length()).prop_map(|(at, length)| Change::Remove { at, length }),
        2 => (place(), length(), 1..40usize)
            .prop_map(|(at, length, times)| Change::Repeat { at, length, times }),
        2 => (place(), place(), length())
            .prop_map(|(from, to, length)| Change::Move { from, to, length }),
        1 => place().prop_map(|at| Change::Cut { at }),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let length = bytes.len();
    let place = |fraction: f64| (fraction * length as f64) as usize;
    let stretch = |at: f64, of: f64| {
        let start = place(at);
        start..length.min(start + 1 + place(of))
    };
    match *change {
        Change::Flip { at, bit } => {
            if let Some(byte) = bytes.get_mut(place(at)) {
                *byte ^= 1 << bit;
            }
        }
        Change::Insert { at, token } => {
            drop(bytes.splice(place(at)..place(at), TOKENS[token].iter().copied()));
        }
        Change::Remove { at, length } => drop(bytes.drain(stretch(at, length))),
        Change::Repeat { at, length, times } => {
            let range = stretch(at, length);
            let repeated = bytes[range.clone()].repeat(times);
            drop(bytes.splice(range.end..range.end, repeated));
        }
        Change::Move { from, to, length } => {
            let moved: Vec<u8> = bytes.drain(stretch(from, length)).collect();
            let to = place(to).min(bytes.len());
            drop(bytes.splice(to..to, moved));
        }
        Change::Cut { at } => bytes.truncate(place(at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest! {
        #[test]
        fn any_change_fits_any_input(mut bytes in vec(any::<u8>(), 0..40), change in change()) {
            apply(&mut bytes, &change);
        }
    }
}
