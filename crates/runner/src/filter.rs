//! Which jobs, said in one expression: `feature(feature-x) and not system(aarch64-linux)`.
//!
//! A predicate names what of a job is looked at and holds a matcher: `=text` for the text itself,
//! `~text` for a part of it, `/regex/`; a bare text is a part of a test's name, and the text itself
//! everywhere else. Predicates are joined by `not`, `and` and `or` (`!`, `&`, `|`), in this order
//! of strength, and by parentheses.

use std::fmt;
use std::str::FromStr;

use regex::Regex;

use crate::job::Job;

/// An expression that jobs fit or not.
#[derive(Debug, Clone)]
pub struct Filter {
    text: String,
    expr: Expr,
}

#[derive(Debug, Clone)]
enum Expr {
    All,
    None,
    First,
    Is(Subject, Matcher),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
}

/// What of a job is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Feature,
    Test,
    System,
    Backend,
    Kind,
    Maturity,
}

const SUBJECTS: [(&str, Subject); 6] = [
    ("feature", Subject::Feature),
    ("test", Subject::Test),
    ("system", Subject::System),
    ("backend", Subject::Backend),
    ("kind", Subject::Kind),
    ("maturity", Subject::Maturity),
];

#[derive(Debug, Clone)]
enum Matcher {
    Is(String),
    Has(String),
    Regex(Regex),
}

impl Filter {
    /// Whether a job fits.
    pub fn fits(&self, job: &Job) -> bool {
        self.expr.fits(job)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Expr {
    fn fits(&self, job: &Job) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::First => job.is_first(),
            Self::Is(subject, matcher) => match subject {
                Subject::Feature => matcher.fits(job.feature()),
                // A test is called by its name, and by its name as one word.
                Subject::Test => matcher.fits(&job.test.name) || matcher.fits(&job.test.slug()),
                Subject::System => matcher.fits(job.system.as_str()),
                Subject::Backend => matcher.fits(job.backend.as_str()),
                Subject::Kind => matcher.fits(job.manifest.feature.kind.as_str()),
                Subject::Maturity => matcher.fits(job.manifest.feature.maturity.as_str()),
            },
            Self::Not(inner) => !inner.fits(job),
            Self::And(one, other) => one.fits(job) && other.fits(job),
            Self::Or(one, other) => one.fits(job) || other.fits(job),
        }
    }
}

impl Matcher {
    fn fits(&self, text: &str) -> bool {
        match self {
            Self::Is(whole) => text == whole,
            Self::Has(part) => text.contains(part.as_str()),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFilter {
    text: String,
    /// Where, in bytes.
    at: usize,
    message: String,
}

impl BadFilter {
    /// What is wrong, without the text and the place in it.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for BadFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.text.get(..self.at).unwrap_or(&self.text).chars().count();
        write!(f, "{}\n  {}\n  {}^", self.message, self.text, " ".repeat(before))
    }
}

impl std::error::Error for BadFilter {}

impl FromStr for Filter {
    type Err = BadFilter;

    fn from_str(text: &str) -> Result<Self, BadFilter> {
        let mut reader = Reader { text, at: 0 };
        let expr = reader.or()?;
        match reader.rest() {
            "" => Ok(Self { text: text.to_owned(), expr }),
            _ => Err(reader.bad("here `and`, `or` or the end was expected")),
        }
    }
}

/// Reads an expression, from the left to the right.
struct Reader<'a> {
    text: &'a str,
    /// What has been read, in bytes.
    at: usize,
}

type Read = Result<Expr, BadFilter>;

impl<'a> Reader<'a> {
    /// What has not been read, without blanks before it.
    fn rest(&mut self) -> &'a str {
        let rest = self.text[self.at..].trim_start();
        self.at = self.text.len() - rest.len();
        rest
    }

    /// Reads one of these, if it is next.
    fn take(&mut self, words: &[&str]) -> bool {
        let rest = self.rest();
        let found = words.iter().find(|word| {
            let after = rest.strip_prefix(**word);
            // `not` is a word, and `nothing` is not.
            let word = word.starts_with(char::is_alphabetic);
            after.is_some_and(|after| !word || !after.starts_with(char::is_alphanumeric))
        });
        self.at += found.map_or(0, |word| word.len());
        found.is_some()
    }

    fn bad(&self, message: impl Into<String>) -> BadFilter {
        BadFilter { text: self.text.to_owned(), at: self.at, message: message.into() }
    }

    fn or(&mut self) -> Read {
        let mut expr = self.and()?;
        while self.take(&["or", "|"]) {
            expr = Expr::Or(Box::new(expr), Box::new(self.and()?));
        }
        Ok(expr)
    }

    fn and(&mut self) -> Read {
        let mut expr = self.not()?;
        while self.take(&["and", "&"]) {
            expr = Expr::And(Box::new(expr), Box::new(self.not()?));
        }
        Ok(expr)
    }

    fn not(&mut self) -> Read {
        if self.take(&["not", "!"]) {
            return Ok(Expr::Not(Box::new(self.not()?)));
        }
        if self.take(&["("]) {
            let inner = self.or()?;
            return if self.take(&[")"]) {
                Ok(inner)
            } else {
                Err(self.bad("here `)` is missing"))
            };
        }
        self.predicate()
    }

    /// `test(~greeting)`, `all()`.
    fn predicate(&mut self) -> Read {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let known = SUBJECTS.iter().find(|(known, _)| *known == name);
        if known.is_none() && !["all", "none", "first"].contains(&name) {
            let names: Vec<_> = SUBJECTS.iter().map(|(name, _)| format!("{name}(…)")).collect();
            let message = format!(
                "here a predicate was expected: {}, all(), none() or first()",
                names.join(", ")
            );
            return Err(self.bad(message));
        }
        self.at += name.len();
        let Some(inside) = after.strip_prefix('(') else {
            return Err(self.bad("here `(` is missing"));
        };
        self.at += 1;
        let start = self.at;
        let Some(length) = end_of(inside) else {
            self.at = self.text.len();
            return Err(self.bad("here `)` is missing"));
        };
        let text = inside[..length].trim();
        self.at += length + 1;
        let at = |message| BadFilter { text: self.text.to_owned(), at: start, message };
        match (known, name, text.is_empty()) {
            (Some(_), _, true) => Err(at(format!("{name}() wants a text"))),
            (Some((_, subject)), ..) => {
                Ok(Expr::Is(*subject, matcher(*subject, text).map_err(at)?))
            }
            (None, "all", true) => Ok(Expr::All),
            (None, "first", true) => Ok(Expr::First),
            (None, _, true) => Ok(Expr::None),
            (None, _, false) => Err(at(format!("{name}() wants nothing"))),
        }
    }
}

/// Where the first `)` is that no `\` stands before.
fn end_of(text: &str) -> Option<usize> {
    let mut ends = text.match_indices(')').map(|(at, _)| at);
    ends.find(|at| !text[..*at].ends_with('\\'))
}

fn matcher(subject: Subject, text: &str) -> Result<Matcher, String> {
    let regex = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    if let Some(regex) = regex {
        let regex = Regex::new(regex).map_err(|error| {
            let said = error.to_string();
            let last = said.lines().last().unwrap_or_default().trim().to_owned();
            format!("no regular expression: {}", last.trim_start_matches("error: "))
        })?;
        return Ok(Matcher::Regex(regex));
    }
    // A regular expression has its own meaning for it.
    let text = &*text.replace("\\)", ")");
    Ok(match (text.strip_prefix('='), text.strip_prefix('~')) {
        (Some(whole), _) => Matcher::Is(whole.to_owned()),
        (_, Some(part)) => Matcher::Has(part.to_owned()),
        _ if subject == Subject::Test => Matcher::Has(text.to_owned()),
        _ => Matcher::Is(text.to_owned()),
    })
}

#[cfg(test)]
mod tests;
