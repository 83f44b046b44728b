use domi_host::command::{End, Outcome};
use domi_model::{Manifest, Place, Problem, SCHEMA, Severity, Version, path_at};
use serde::Deserialize;
use serde_json::Value;

use crate::codes::{
    CHATTER, FAILED, HANGS, LATER_KEY, NEWER_SCHEMA, NO_OUTPUT, NO_SCHEMA, NOT_JSON, OTHER_NAME,
    TOO_MUCH_OUTPUT, UNKNOWN_KEY, WRONG_SHAPE,
};
use crate::judged::Judged;

/// The most bytes that a plugin may print on one stream.
pub const MOST_OUTPUT: usize = 16 << 20;

/// What a plugin printed, if it ended as it should.
pub(crate) fn printed(feature: &str, outcome: Outcome) -> Result<Vec<u8>, Vec<Problem>> {
    let next = format!("run the program of {feature} by hand to see all it says");
    let problem = match outcome.end {
        End::Exit(0) => return Ok(outcome.stdout),
        End::TimedOut => Problem::error(HANGS, feature, "its program did not end in time")
            .next("let it print the manifest and end; it should wait for nothing"),
        End::TooMuchOutput => {
            let message = format!("its program printed more than {} MiB", MOST_OUTPUT >> 20);
            Problem::error(TOO_MUCH_OUTPUT, feature, message)
                .next("let it print only its manifest, and keep large data out of that")
        }
        End::Exit(code) => {
            let message =
                format!("its program ended with exit code {code}{}", said(&outcome.stderr));
            Problem::error(FAILED, feature, message).next(next)
        }
        End::Signal(signal) => {
            let message =
                format!("its program was killed by signal {signal}{}", said(&outcome.stderr));
            Problem::error(FAILED, feature, message).next(next)
        }
    };
    Err(vec![problem])
}

/// How many of the last lines that a program said are shown: a feature with many problems says
/// them all at once.
const LAST_LINES: usize = 100;

/// The last lines that a program said, indented.
fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.trim().lines().collect();
    let left_out = lines.len().saturating_sub(LAST_LINES);
    let last = &lines[left_out..];
    if last.is_empty() {
        return String::new();
    }
    let cut = if left_out > 0 { format!(" after {left_out} lines") } else { String::new() };
    let indented: String = last.iter().map(|line| format!("\n    {}", shown(line, 200))).collect();
    format!(", saying{cut}{indented}")
}

/// Reads what a plugin printed: a manifest of this version and warnings, or errors. A manifest
/// that is returned is valid.
pub fn read(feature: &str, printed: &[u8]) -> Result<(Manifest, Vec<Problem>), Vec<Problem>> {
    read_again(feature, printed, None)
}

/// As [`read`]; what is known to have been found right before is not judged again.
pub(crate) fn read_again(
    feature: &str,
    printed: &[u8],
    judged: Option<&Judged>,
) -> Result<(Manifest, Vec<Problem>), Vec<Problem>> {
    let (manifest, version) = parsed(feature, printed)?;
    let mut said = Ok(Vec::new());
    let mut judge = || {
        said = judge(feature, printed, &manifest, version);
        said.as_ref().is_ok_and(Vec::is_empty)
    };
    match judged {
        Some(judged) => judged.is_right(feature, printed, judge),
        None => judge(),
    };
    said.map(|warnings| (manifest, warnings))
}

/// A manifest of a version that is read, and which that was.
fn parsed(feature: &str, printed: &[u8]) -> Result<(Manifest, Version), Vec<Problem>> {
    match manifest(printed) {
        Ok(mut manifest) => match Version::named(&manifest.schema) {
            Some(version) if version.is_read() => {
                SCHEMA.clone_into(&mut manifest.schema);
                Ok((manifest, version))
            }
            _ => Err(vec![what_is_wrong(feature, printed, None)]),
        },
        Err(wrong) => Err(vec![what_is_wrong(feature, printed, Some(&wrong))]),
    }
}

/// What is wrong with a manifest: warnings, or errors with them.
fn judge(
    feature: &str,
    printed: &[u8],
    manifest: &Manifest,
    version: Version,
) -> Result<Vec<Problem>, Vec<Problem>> {
    let lost = lost(feature, &String::from_utf8_lossy(printed));
    if !lost.is_empty() {
        return Err(lost);
    }
    if manifest.feature.name != feature {
        let message = format!("its manifest calls it {:?}", manifest.feature.name);
        return Err(vec![Problem::error(OTHER_NAME, feature, message).next(
            "give the crate the feature's name, or set `name` in its [package.metadata.domi]",
        )]);
    }
    let mut problems = keys(feature, printed, version);
    problems.extend(domi_model::validate(manifest).into_iter().map(|mut problem| {
        problem.subject = match &*problem.subject {
            "" => feature.to_owned(),
            subject => format!("{feature}: {subject}"),
        };
        if problem.next.is_empty() {
            "fix it in the feature's crate".clone_into(&mut problem.next);
        }
        problem
    }));
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(problems);
    }
    Ok(problems)
}

/// Why a text is no manifest.
struct Wrong {
    /// Steps to where it is wrong, with dots between them.
    path: String,
    /// Without a line and a column: nobody looks for those in what a program printed.
    message: String,
}

/// Reads a text straight into a manifest. It is read in one way only: each way of reading compiles
/// all types of the manifest again. That is also why the path to a mistake is looked up afterwards.
fn manifest(printed: &[u8]) -> Result<Manifest, Wrong> {
    serde_json::from_slice(printed).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let place = format!(" at line {line} column {column}");
        let message = message.strip_suffix(&place).unwrap_or(&message).to_owned();
        Wrong { path: path_at(printed, line, column), message }
    })
}

/// What a manifest says that reading it as JSON passes over.
fn lost(feature: &str, printed: &str) -> Vec<Problem> {
    let numbers = domi_model::lost_numbers(printed).into_iter().map(|lost| {
        Problem::error(WRONG_SHAPE, feature, format!("in its manifest, {lost}"))
            .next("write a number that is held as it is written, or a text")
    });
    let names = domi_model::repeated_names(printed).into_iter().map(|path| {
        Problem::error(WRONG_SHAPE, feature, format!("`{path}` stands twice in its manifest"))
            .next("say it once; what repeats is a list")
    });
    numbers.chain(names).collect()
}

/// Parts of a manifest in which every key may change what the feature means: whoever passes over
/// one tests something else than what was written.
const WEIGHTY: [&str; 8] =
    ["options", "system", "assertions", "requires", "wants", "conflicts", "neighbours", "tests"];

/// What is wrong with the keys of a manifest that can be read.
fn keys(feature: &str, printed: &[u8], version: Version) -> Vec<Problem> {
    let document = serde_json::from_slice(printed).unwrap_or_default();
    let keys = version.keys(&document);
    let unknown = keys.unknown.iter().map(|path| {
        let message = format!("`{path}` in its manifest is not known");
        let problem = match path.split(['.', '[']).next() {
            Some(part) if WEIGHTY.contains(&part) => Problem::error(UNKNOWN_KEY, feature, message),
            _ => Problem::warning(UNKNOWN_KEY, feature, message),
        };
        problem.at(nearest_place(&document, path)).next("check the spelling, or update this tool")
    });
    let later = keys.later.iter().map(|path| {
        let message = format!("`{path}` in its manifest is not known to `{version}`");
        Problem::error(LATER_KEY, feature, message).at(nearest_place(&document, path)).next(
            format!(
                "print `\"schema\": \"{SCHEMA}\"`, so that an older tool does not pass over it"
            ),
        )
    });
    unknown.chain(later).collect()
}

/// Says why a text is no manifest that can be read; `wrong` is what reading it as one said.
fn what_is_wrong(feature: &str, printed: &[u8], wrong: Option<&Wrong>) -> Problem {
    if printed.trim_ascii().is_empty() {
        return Problem::error(NO_OUTPUT, feature, "its program printed nothing")
            .next("call the SDK's main function from the program's");
    }
    let document = match document(printed) {
        Ok(document) => document,
        Err((code, message)) => {
            return Problem::error(code, feature, message).next(
                "print only the manifest on standard output, and the rest on standard error",
            );
        }
    };
    let read = || {
        let all: Vec<String> = Version::all().map(|version| format!("`{version}`")).collect();
        let (newest, older) = all.split_last().expect("a version is read");
        format!("{} and {newest}", older.join(", "))
    };
    match document.get("schema").and_then(Value::as_str).and_then(Version::named) {
        Some(version) if version.is_read() => wrong_shape(feature, &document, wrong),
        Some(version) if version.is_newer() => {
            let message =
                format!("its manifest is of version `{version}`, and this tool reads {}", read());
            Problem::error(NEWER_SCHEMA, feature, message)
                .next(format!("use a version of this tool that reads `{version}`"))
        }
        _ => Problem::error(NO_SCHEMA, feature, format!("its manifest is not of {}", read()))
            .next(format!("print `\"schema\": \"{SCHEMA}\"` as the first key")),
    }
}

/// The one JSON document in a text, or what else there is.
fn document(printed: &[u8]) -> Result<Value, (domi_model::Code, String)> {
    let error = match serde_json::from_slice(printed) {
        Ok(document) => return Ok(document),
        Err(error) => error,
    };
    let first =
        |text: &[u8]| serde_json::Deserializer::from_slice(text).into_iter::<Value>().next();
    if let Some(Ok(Value::Object(_))) = first(printed) {
        let mut documents = serde_json::Deserializer::from_slice(printed).into_iter::<Value>();
        documents.next();
        let rest = &printed[documents.byte_offset()..];
        return Err((CHATTER, format!("its program prints {} after the manifest", excerpt(rest))));
    }
    let starts = printed.iter().enumerate().filter(|(_, b)| **b == b'{').map(|(i, _)| i);
    for start in starts.take(20) {
        if let Some(Ok(Value::Object(document))) = first(&printed[start..])
            && document.contains_key("schema")
        {
            let before = excerpt(&printed[..start]);
            return Err((CHATTER, format!("its program prints {before} before the manifest")));
        }
    }
    Err((NOT_JSON, format!("its program printed {}, which is no JSON: {error}", excerpt(printed))))
}

/// The first line of a text, in quotes.
fn excerpt(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    format!("{:?}", shown(text.trim().lines().next().unwrap_or_default(), 60))
}

/// At most so many characters of a line, without control characters.
fn shown(line: &str, most: usize) -> String {
    let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut text: String = line.chars().take(most).map(clean).collect();
    if line.chars().nth(most).is_some() {
        text.push('…');
    }
    text
}

fn wrong_shape(feature: &str, document: &Value, wrong: Option<&Wrong>) -> Problem {
    let Some(Wrong { path, message }) = wrong else {
        return Problem::error(WRONG_SHAPE, feature, "its manifest holds a key twice");
    };
    let message = format!("`{path}` in its manifest is wrong: {message}");
    Problem::error(WRONG_SHAPE, feature, message)
        .at(nearest_place(document, path))
        .next("build the feature with the SDK of this tool's version, or compare with docs/reference/manifest.schema.json")
}

/// The place that the innermost object on a path says it was written at.
fn nearest_place(document: &Value, path: &str) -> Option<Place> {
    let mut found = None;
    let mut here = Some(document);
    for step in path.split(['.', '[', ']']).filter(|step| !step.is_empty()) {
        here = here.and_then(|value| match value {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            other => other.get(step),
        });
        let place = here.and_then(|value| value.get("place"));
        found = place.and_then(|place| Place::deserialize(place).ok()).or(found);
    }
    found
}
