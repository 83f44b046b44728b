use std::fmt;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Body, SCHEMA};

/// Something that happened, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub body: Body,
}

impl Event {
    /// As one line of the file, without the line break.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("an event holds nothing that JSON cannot")
    }

    /// From one line of the file.
    pub fn from_line(line: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(line)
    }
}

/// An event as it is in the file. Its data are read once its name is known.
#[derive(Deserialize)]
struct Line {
    at: Timestamp,
    event: String,
    #[serde(default)]
    data: serde_json::Value,
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (event, data) = match &self.body {
            Body::Unknown { event, data } => (event.clone(), data.clone()),
            known => tagged(known).map_err(serde::ser::Error::custom)?,
        };
        let mut line = serializer.serialize_struct("Event", 3)?;
        line.serialize_field("at", &self.at)?;
        line.serialize_field("event", &event)?;
        line.serialize_field("data", &data)?;
        line.end()
    }
}

fn tagged(body: &Body) -> Result<(String, serde_json::Value), serde_json::Error> {
    let Line { event, data, .. } = {
        let mut json = serde_json::to_value(body)?;
        Line {
            at: Timestamp::UNIX_EPOCH,
            event: json["event"].as_str().unwrap_or_default().to_owned(),
            data: json["data"].take(),
        }
    };
    Ok((event, data))
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Line { at, event, mut data } = Line::deserialize(deserializer)?;
        let body = if Body::NAMES.contains(&&*event) {
            crate::number::bound(&mut data);
            let tagged = serde_json::json!({ "event": event, "data": data });
            serde_json::from_value(tagged).map_err(D::Error::custom)?
        } else {
            Body::Unknown { event, data }
        };
        Ok(Self { at, body })
    }
}

/// What a file of events held.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The events.
    pub events: Vec<Event>,
    /// Whether the last line was cut off: its writer was killed, or its disk was full.
    pub cut_off: bool,
}

/// A line that is not an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for BadLine {}

/// Reads a file of events, of this version or an older one. A last line that was cut off is left
/// out; any other bad line is an error.
pub fn read(text: &str) -> Result<Recording, BadLine> {
    let mut events = Vec::new();
    let mut cut_off = false;
    for (at, line) in text.split_inclusive('\n').enumerate() {
        match Event::from_line(line) {
            Ok(event) => events.push(event),
            Err(_) if !line.ends_with('\n') => cut_off = true,
            Err(error) => return Err(BadLine { line: at + 1, reason: error.to_string() }),
        }
    }
    check_schema(&events)?;
    Ok(Recording { events, cut_off })
}

fn check_schema(events: &[Event]) -> Result<(), BadLine> {
    let bad = |reason| Err(BadLine { line: 1, reason });
    match events.first().map(|event| &event.body) {
        Some(Body::RunStarted(started)) if started.schema == SCHEMA => Ok(()),
        Some(Body::RunStarted(started)) => {
            bad(format!("the schema is {:?}; this version reads {SCHEMA:?}", started.schema))
        }
        Some(_) => bad("the first event is not runStarted".to_owned()),
        None => bad("there is no event".to_owned()),
    }
}
