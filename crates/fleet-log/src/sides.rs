//! The logs of several branches, found among lines that git put together.
//!
//! Each line has the hash of the one before, so that it says itself to which log it belongs: whether
//! git wrote the lines of both branches one after the other, or marks of a conflict between them,
//! makes no difference.

use std::collections::{HashMap, HashSet};

use domi_fleet::LOG;
use domi_model::{Place, Problem};
use jiff::Timestamp;

use crate::chain::{Log, read};
use crate::codes::BAD_LINE;
use crate::event::{Event, nothing};

/// The log of one branch.
#[derive(Debug, Clone)]
pub struct Side {
    /// Its events.
    pub log: Log,
    /// Its lines.
    pub text: Vec<u8>,
}

/// A line, and where it was found first.
struct Line<'a> {
    event: Event,
    hash: String,
    text: &'a [u8],
    number: u32,
}

/// The logs that are in these texts together, those that are part of another left out. The one that
/// stays as it is comes first: the one that has most in common with the first text of `published`
/// that tells them apart; else the one in which something was decided first.
///
/// # Errors
/// A line that is neither an event nor a mark of git, or that does not follow from any other.
pub fn sides(texts: &[&[u8]], published: &[Vec<u8>]) -> Result<Vec<Side>, Box<Problem>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut by_hash: HashMap<String, usize> = HashMap::new();
    for text in texts {
        let all = text.split(|byte| *byte == b'\n').enumerate();
        for (at, line) in all.filter(|(_, line)| !line.is_empty() && !is_mark(line)) {
            let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
            let (event, hash) = read(line).map_err(|why| wrong(number, why))?;
            if !by_hash.contains_key(&hash) {
                by_hash.insert(hash.clone(), lines.len());
                lines.push(Line { event, hash, text: line, number });
            }
        }
    }
    let followed: HashSet<&str> = lines.iter().map(|line| line.event.previous.as_str()).collect();
    let last = lines.iter().filter(|line| !followed.contains(line.hash.as_str()));
    let mut sides = last.map(|last| side(&lines, &by_hash, last)).collect::<Result<Vec<_>, _>>()?;
    sides.sort_by(|a, b| age(a).cmp(age(b)));
    for text in published {
        let shared: Vec<usize> = sides.iter().map(|side| shared(&side.text, text)).collect();
        let most = shared.iter().max().copied().unwrap_or_default();
        if shared.iter().filter(|it| **it == most).count() == 1 {
            sides.sort_by_key(|side| self::shared(&side.text, text) != most);
            break;
        }
    }
    Ok(sides)
}

/// The log that ends with a line.
fn side(
    lines: &[Line<'_>],
    by_hash: &HashMap<String, usize>,
    last: &Line<'_>,
) -> Result<Side, Box<Problem>> {
    let mut chain = vec![last];
    while let Some(line) = chain.last().filter(|line| line.event.previous != nothing()) {
        let before = by_hash.get(&line.event.previous).ok_or_else(|| {
            wrong(line.number, "follows a line that is not there any more".to_owned())
        })?;
        chain.push(&lines[*before]);
    }
    chain.reverse();
    let text: Vec<u8> = chain.iter().flat_map(|line| [line.text, b"\n"].concat()).collect();
    match Log::parse(&text) {
        Ok(log) => Ok(Side { log, text }),
        Err(mut problem) => {
            // The line is one of this log alone; it is named as it stands in the file.
            if let Some(place) = &mut problem.place
                && let Some(line) = chain.get(place.line as usize - 1)
            {
                place.line = line.number;
            }
            Err(problem)
        }
    }
}

/// What git writes around and between the lines of a conflict.
fn is_mark(line: &[u8]) -> bool {
    [b'<', b'|', b'=', b'>'].iter().any(|mark| line.starts_with(&[*mark; 7]))
}

fn wrong(number: u32, why: String) -> Box<Problem> {
    let place = Place { file: LOG.to_owned(), line: number };
    let problem = Problem::error(BAD_LINE, LOG, why).at(Some(place));
    Box::new(problem.next("get the file back as one of the branches has it"))
}

/// How many lines two logs begin with alike.
fn shared(one: &[u8], other: &[u8]) -> usize {
    let lines = |text| <[u8]>::split(text, |byte: &u8| *byte == b'\n');
    lines(one).zip(lines(other)).take_while(|(a, b)| a == b && !a.is_empty()).count()
}

/// What says which of two logs is the older one, where they differ.
fn age(side: &Side) -> impl Iterator<Item = (Timestamp, &str)> {
    side.log.events.iter().map(|it| (it.decided.unwrap_or(it.time), it.id.as_str()))
}
