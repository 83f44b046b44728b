//! The head of the log is signed with a key of OpenSSH, and a signature is looked at: `ssh-keygen`
//! does both.

use std::time::Duration;

use clap::Args;
use domi_fleet::{Fleet, HEAD, LOG, Person};
use domi_fleet_log::{Head, Log, NAMESPACE, NOT_SIGNED, bad_signature};
use domi_host::command::{End, Program};
use domi_host::tool;
use domi_model::Problem;
use tempfile::TempDir;

use super::shared::read;
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::files;
use crate::request::FleetRequest;
use crate::values::given;

const KEYGEN: &str = "ssh-keygen";

/// What to do about a key that cannot be used.
const USABLE: &str =
    "name a private key; of one with a passphrase, the public key, once ssh-agent has it";

/// Somebody may have to touch a key of hardware.
const LIMIT: Duration = Duration::from_secs(120);

#[derive(Debug, Args)]
pub(super) struct Sign {
    /// The private key; or its public one, where ssh-agent has the private one
    #[arg(long, value_name = "FILE", value_parser = given)]
    key: String,
    /// Write nothing; say who would sign what
    #[arg(long)]
    dry_run: bool,
}

/// The keys that a signature is compared with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys<'a> {
    /// The fleet, whose people and agents have keys; none where its files cannot be read.
    pub(super) fleet: Option<&'a Fleet>,
    /// A file in OpenSSH's format of allowed signers, whose keys count in the place of the fleet's. There
    /// must be a signature then.
    pub(super) signers: Option<&'a str>,
}

impl Keys<'_> {
    /// Whether the fleet is known, and lacks somebody or has them as retired.
    fn lack(self, name: &str) -> bool {
        self.fleet.is_some_and(|fleet| current(fleet, name).is_none())
    }
}

/// Somebody of the fleet who is not retired.
fn current<'f>(fleet: &'f Fleet, name: &str) -> Option<&'f Person> {
    fleet.people.get(name).filter(|it| it.about.is_current())
}

/// A file in OpenSSH's format of allowed signers.
pub(super) fn signers(text: &str) -> std::result::Result<String, String> {
    let text = given(text)?;
    match std::fs::metadata(&text) {
        Ok(facts) if facts.is_dir() => Err("it is a folder".to_owned()),
        Ok(_) => Ok(text),
        Err(error) => Err(error.to_string()),
    }
}

/// What `ssh-keygen` is given, in a folder of its own.
struct Keygen<'a> {
    context: &'a Context,
    folder: TempDir,
}

impl Sign {
    pub(super) fn run(&self, context: &Context, request: &FleetRequest) -> Result<Exit> {
        let log = read(context, request)?;
        let refused = |subject: &str, message: String, next: &str| {
            let problem = Problem::error(NOT_SIGNED, subject, message).next(next);
            Err(context.problems(Exit::Fleet, vec![problem]))
        };
        if log.torn.is_some() {
            let next = "run `cargo xtask fleet record`, which repairs it";
            return refused(LOG, "the last line is not whole".to_owned(), next);
        }
        let Some(mut head) = Head::of(&log) else {
            return refused(
                LOG,
                "there are no events".to_owned(),
                "run `cargo xtask fleet record`",
            );
        };
        let (keygen, fleet) = (Keygen::new(context)?, files(request).fleet);
        let key = &*self.key;
        head.signature = match keygen.sign(key, &head.message())? {
            Ok(signature) => signature,
            Err(why) => return refused(key, why, USABLE),
        };
        // Whose key it is, is known once something is signed with it.
        match keygen.whose(&fleet, &head.signature)? {
            Some(by) => head.by = by,
            None => {
                let message = "nobody of the fleet has this key".to_owned();
                return refused(key, message, "add its public key to `keys` of the person");
            }
        }
        if let Err(why) = keygen.holds(Keys { fleet: Some(&fleet), signers: None }, &head)? {
            return refused(key, why, "look at the key");
        }
        let Head { sequence, hash, by, .. } = &head;
        if self.dry_run {
            data!("{by} would sign event {sequence} with the hash {hash}")?;
            return Ok(Exit::Pass);
        }
        domi_host::file::write(request.root.join(HEAD).as_std_path(), head.text())?;
        data!("{by} signed event {sequence} with the hash {hash}")?;
        Ok(Exit::Pass)
    }
}

/// Who signed the log and up to where, in a sentence; none where nobody did.
///
/// # Errors
/// The inner one: the signature does not hold, is not there though it must be, or is of another log.
pub(super) fn signed(
    context: &Context,
    request: &FleetRequest,
    log: &Log,
    keys: Keys<'_>,
) -> Result<std::result::Result<Option<String>, Box<Problem>>> {
    let head = match Head::at(&request.root) {
        Ok(Some(head)) => head,
        Ok(None) if keys.signers.is_some() => {
            let next = "find out who took it away, or sign the log: `cargo xtask fleet log sign`";
            return Ok(Err(bad_signature("is not there: nobody signed the log", next)));
        }
        Ok(None) => return Ok(Ok(None)),
        Err(problem) => return Ok(Err(problem)),
    };
    if let Err(why) = Keygen::new(context)?.holds(keys, &head)? {
        let next = match keys.lack(&head.by) {
            true => "let somebody sign it who is in the fleet: `cargo xtask fleet log sign`",
            false => {
                "find out who wrote the file; `cargo xtask fleet log sign` signs the log again"
            }
        };
        return Ok(Err(bad_signature(why, next)));
    }
    Ok(head.unsigned(log).map(|behind| {
        let Head { sequence, by, .. } = &head;
        Some(match behind {
            0 => format!("signed by {by}, all of it"),
            1 => format!("signed by {by} up to event {sequence}; 1 event since then is not"),
            behind => {
                format!("signed by {by} up to event {sequence}; {behind} events since then are not")
            }
        })
    }))
}

impl<'a> Keygen<'a> {
    fn new(context: &'a Context) -> anyhow::Result<Self> {
        Ok(Self { context, folder: tempfile::tempdir()? })
    }

    fn file(&self, name: &str, text: &str) -> anyhow::Result<String> {
        let path = self.folder.path().join(name);
        fs_err::write(&path, text)?;
        Ok(path.display().to_string())
    }

    /// Asks `ssh-keygen`, which reads this text; what it printed, or why it failed.
    fn ask(&self, words: &[&str], text: &str) -> Result<std::result::Result<String, String>> {
        let Some(program) = tool::find(KEYGEN) else {
            return Ok(Err(format!("{KEYGEN} is not there; it is a part of OpenSSH")));
        };
        let mut program = Program::new(program).args(words).time_limit(LIMIT);
        // It runs in a process group of its own: a question at the terminal would stop it until the time
        // limit.
        program = program.env("SSH_ASKPASS_REQUIRE", "force");
        if std::env::var_os("SSH_ASKPASS").is_none() {
            program = program.env("SSH_ASKPASS", "false");
        }
        let ended = program.input_text(text)?.run(&self.context.interrupt)?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(match ended.success() {
            true => Ok(said(&ended.stdout)),
            false => {
                let all = said(&ended.stderr) + &said(&ended.stdout);
                let all = all.lines().map(str::trim).collect::<Vec<_>>().join("; ");
                Err(match ended.end {
                    End::Exit(_) if !all.is_empty() => format!("{KEYGEN} says: {all}"),
                    end => format!("{KEYGEN} failed ({end}) {all}").trim_end().to_owned(),
                })
            }
        })
    }

    /// The signature of a text.
    fn sign(&self, key: &str, text: &str) -> Result<std::result::Result<String, String>> {
        self.ask(&["-Y", "sign", "-q", "-n", NAMESPACE, "-f", key], text)
    }

    /// Whose key made a signature.
    fn whose(&self, fleet: &Fleet, signature: &str) -> Result<Option<String>> {
        let people = fleet.people.values();
        let allowed = self.file("allowed", &people.map(allowed).collect::<String>())?;
        let signature = self.file("signature", signature)?;
        let words = ["-Y", "find-principals", "-s", &signature, "-f", &allowed];
        let found = self.ask(&words, "")?.unwrap_or_default();
        Ok(found.lines().next().map(str::to_owned))
    }

    /// Whether one of these keys, of the one who is named, signed a head; or why not.
    fn holds(&self, keys: Keys<'_>, head: &Head) -> Result<std::result::Result<(), String>> {
        let by = &head.by;
        let keys = match (keys.signers, keys.fleet) {
            (Some(file), _) => file.to_owned(),
            (None, Some(fleet)) => match current(fleet, by) {
                Some(person) => self.file("allowed", &allowed(person))?,
                None => return Ok(Err(format!("{by} is not in the fleet, or retired"))),
            },
            (None, None) => return Ok(Ok(())),
        };
        let signature = self.file("signature", &head.signature)?;
        let words = ["-Y", "verify", "-n", NAMESPACE, "-f", &keys, "-I", by, "-s", &signature];
        Ok(self.ask(&words, &head.message())?.map(drop))
    }
}

/// The keys of somebody, as OpenSSH has those who may sign.
fn allowed(person: &Person) -> String {
    let keys = if person.about.is_current() { person.keys.as_slice() } else { &[] };
    let line = |key: &String| format!("{} namespaces=\"{NAMESPACE}\" {key}\n", person.about.name);
    keys.iter().map(line).collect()
}
