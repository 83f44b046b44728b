//! One event, and the line that it is.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domi_fleet::{Change, Id, KINDS, Kind, Noted, Status, What};
use jiff::Timestamp;
use serde::Deserialize;

/// Something that was decided. Its line has the fields of CloudEvents 1.0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place in the log, from 1.
    pub sequence: u64,
    /// A UUID of version 7.
    pub id: String,
    /// When it was recorded at this place in the log.
    pub time: Timestamp,
    /// When it was recorded first, if it stood in the log of another branch then.
    pub decided: Option<Timestamp>,
    /// The first event of all that were decided together; its own id, if it is that.
    pub correlation: String,
    /// The event that it follows from; its own id, if it is the first of a chain.
    pub causation: String,
    /// The hash of the line before, in hexadecimal.
    pub previous: String,
    /// What happened.
    pub change: Change,
    /// The constants that the command took with which it happened, and their values then.
    pub constants: BTreeMap<String, String>,
}

/// What comes before the first event.
pub(crate) fn nothing() -> String {
    hash(b"")
}

impl Event {
    /// What happened, as the type of the event: `domi.fleet.host.added`.
    pub fn kind(&self) -> String {
        let what = match self.change.what {
            What::Added => "added",
            What::Changed => "changed",
            What::Renamed(_) => "renamed",
            What::Removed => "removed",
            What::Done => "done",
        };
        format!("domi.fleet.{}.{what}", self.change.thing.kind.word())
    }

    /// What it is about: `host/counter`.
    pub fn subject(&self) -> String {
        let Noted { kind, name, .. } = &self.change.thing;
        format!("{}/{name}", kind.word())
    }

    /// Its line, without the end of it: JSON as RFC 8785 writes it, the names in their order.
    pub fn line(&self) -> String {
        let Noted { file, id, status, uid, digest, .. } = &self.change.thing;
        let mut line = String::with_capacity(640);
        let mut put = |before: &str, text: &str| {
            line.push_str(before);
            quote(text, &mut line);
        };
        put("{\"causationid\":", &self.causation);
        put(",\"correlationid\":", &self.correlation);
        let mut gap = ",\"data\":{";
        for (at, (name, value)) in self.constants.iter().enumerate() {
            put(if at == 0 { ",\"data\":{\"constants\":{" } else { "," }, name);
            put(":", value);
            gap = "},";
        }
        if let Some(digest) = digest {
            put(&format!("{gap}\"digest\":"), digest);
            gap = ",";
        }
        put(&format!("{gap}\"file\":"), file);
        if let What::Renamed(from) = &self.change.what {
            put(",\"from\":", from);
        }
        if let Some(id) = id {
            put(",\"id\":", &id.to_string());
        }
        put(",\"status\":", status.as_str());
        let uid = uid.map_or_else(String::new, |uid| format!(",\"uid\":{uid}"));
        let rest = "},\"datacontenttype\":\"application/json\"";
        let mut rest = format!("{uid}{rest}");
        if let Some(decided) = self.decided {
            put(&format!("{rest},\"decided\":"), &decided.to_string());
            rest.clear();
        }
        put(&format!("{rest},\"id\":"), &self.id);
        put(",\"previous\":", &self.previous);
        let fixed = "\"source\":\"/fleet\",\"specversion\":\"1.0\"";
        put(&format!(",\"sequence\":{},{fixed},\"subject\":", self.sequence), &self.subject());
        put(",\"time\":", &self.time.to_string());
        put(",\"type\":", &self.kind());
        line.push('}');
        line
    }

    /// Reads a line. It is the only one that says this: whatever else it may hold is refused.
    pub(crate) fn read(line: &str) -> Result<Self, String> {
        let parts: Parts<'_> = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let event = parts.event().ok_or("is no event of this log")?;
        let is_it = event.line() == line;
        is_it.then_some(event).ok_or_else(|| "is not written as events are".to_owned())
    }
}

/// The hash of a line, in hexadecimal.
pub(crate) fn hash(line: &[u8]) -> String {
    blake3::hash(line).to_hex().to_string()
}

/// Adds a text in quotes.
fn quote(text: &str, line: &mut String) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        line.push('"');
        line.push_str(text);
        line.push('"');
    } else {
        line.push_str(&serde_json::Value::from(text).to_string());
    }
}

/// What is read of a line. What it says besides is found when the line is written again.
#[derive(Deserialize)]
struct Parts<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    causationid: Cow<'a, str>,
    #[serde(borrow)]
    correlationid: Cow<'a, str>,
    #[serde(borrow)]
    previous: Cow<'a, str>,
    #[serde(borrow)]
    subject: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
    decided: Option<String>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    sequence: u64,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    file: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(default)]
    constants: BTreeMap<String, String>,
    digest: Option<String>,
    from: Option<String>,
    id: Option<String>,
    uid: Option<u32>,
}

impl Parts<'_> {
    fn event(self) -> Option<Event> {
        let (word, name) = self.subject.split_once('/')?;
        let data = self.data;
        let id = match data.id {
            Some(text) => Some(text.parse::<Id>().ok()?),
            None => None,
        };
        let thing = Noted {
            kind: KINDS.into_iter().find(|kind| kind.word() == word)?,
            name: name.to_owned(),
            file: data.file.into_owned(),
            id,
            status: Status::ALL.into_iter().find(|it| it.as_str() == data.status)?,
            uid: data.uid,
            digest: data.digest,
        };
        let what = match self.kind.rsplit_once('.')?.1 {
            "added" => What::Added,
            "changed" => What::Changed,
            "renamed" => What::Renamed(data.from?),
            "removed" => What::Removed,
            "done" if thing.kind == Kind::Reaction => What::Done,
            _ => return None,
        };
        self.id.parse::<Id>().ok()?;
        let decided = match self.decided {
            Some(text) => Some(text.parse().ok()?),
            None => None,
        };
        Some(Event {
            decided,
            sequence: self.sequence,
            id: self.id.into_owned(),
            time: self.time.parse().ok()?,
            correlation: self.correlationid.into_owned(),
            causation: self.causationid.into_owned(),
            previous: self.previous.into_owned(),
            change: Change { what, thing },
            constants: data.constants,
        })
    }
}
