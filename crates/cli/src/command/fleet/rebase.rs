//! The logs of two branches of git, put together.

use camino::Utf8Path;
use clap::Args;
use domi_fleet::LOG;
use domi_fleet_log::{Moved, Rebased, Replacing, bytes, rebase, sides, three_way};
use domi_model::Problem;
use serde_json::{Value, json};

use super::shared::{document, ended};
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::placed;
use crate::git::Git;
use crate::request::FleetRequest;
use crate::values::given;

/// Where git has what everybody has, in the order in which it is asked.
const PUBLISHED: [&str; 5] = [
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
];

#[derive(Debug, Args)]
pub(super) struct Rebase {
    /// The commit, branch or tag whose log stays [default: what others have]
    #[arg(long, value_name = "REV", value_parser = given)]
    onto: Option<String>,
    /// Only print what would be done
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Merge {
    /// The log that both branches began with, as git's `%O`
    #[arg(value_parser = given)]
    base: String,
    /// The log of the branch that is checked out, as git's `%A`; the result is written there
    #[arg(value_parser = given)]
    ours: String,
    /// The log of the other branch, as git's `%B`
    #[arg(value_parser = given)]
    theirs: String,
}

impl Rebase {
    pub(super) fn run(&self, context: &Context, request: &FleetRequest) -> Result<Exit> {
        let git = Git { root: &request.root, interrupt: &context.interrupt };
        let refused = |problem: Box<Problem>| ended(context, placed(vec![*problem], request));
        let (mut others, mut published, mut open) = (Vec::new(), Vec::new(), None);
        if let Some(name) = &self.onto {
            let commit = match git.commit(name)? {
                Ok(commit) => commit,
                Err(problem) => return Err(context.problems(Exit::Usage, vec![*problem])),
            };
            published.extend(git.log(&commit)?);
            others.clone_from(&published);
        } else if git.unreadable(LOG)?.is_none() {
            // Of a merge that is not done, git has what the two branches had.
            published = git.published()?;
            if let (Some(ours), Some(theirs)) = (git.log(":2")?, git.log(":3")?) {
                open = Some([git.log(":1")?.unwrap_or_default(), ours, theirs]);
            }
        }
        // Nobody else writes from here on.
        let opened = if self.dry_run { None } else { Some(Replacing::open(&request.root)?) };
        let mut writer = None;
        let now = match opened {
            None => bytes(&request.root),
            Some(Ok(it)) => Ok(writer.insert(it).bytes().to_owned()),
            Some(Err(problem)) => Err(problem),
        };
        let now = match now {
            Ok(now) => now,
            Err(problem) => return refused(problem),
        };
        let rebased = match &open {
            Some(open) => unmerged(open, &now, &published),
            None => {
                let texts: Vec<&[u8]> =
                    std::iter::once(&now).chain(&others).map(Vec::as_slice).collect();
                sides(&texts, &published).map(|sides| rebase(&sides))
            }
        };
        let rebased = match rebased {
            Ok(Ok(rebased)) => rebased,
            Ok(Err(problems)) => return ended(context, placed(problems, request)),
            Err(problem) => return refused(problem),
        };
        let is_new = rebased.text != now;
        self.say(&rebased, is_new)?;
        if let Some(writer) = writer.filter(|_| is_new) {
            writer.put(&rebased.text)?;
            talk!("`cargo xtask fleet verify` says whether it and the files agree");
        }
        Ok(Exit::Pass)
    }

    fn say(&self, rebased: &Rebased, is_new: bool) -> Result<()> {
        let Rebased { kept, moved, .. } = rebased;
        if self.json {
            let event = |it: &Moved| json!({ "was": it.was, "event": document(&it.event) });
            let moved: Vec<Value> = moved.iter().map(event).collect();
            data!("{:#}", json!({ "kept": kept, "moved": moved }))?;
        } else if !is_new {
            data!("there is one log of {kept} events: nothing to put together")?;
        } else {
            let would = if self.dry_run { ", and would be written" } else { "" };
            let moved: String = moved.iter().map(line).collect();
            let number = rebased.moved.len();
            let come = if number == 1 { "comes" } else { "come" };
            data!("{kept} events stay, {number} {come} behind them{would}")?;
            crate::out::data(format_args!("{moved}"))?;
        }
        Ok(())
    }
}

fn line(moved: &Moved) -> String {
    let Moved { event, was } = moved;
    let decided = event.decided.unwrap_or(event.time).strftime("%Y-%m-%dT%H:%M:%SZ");
    let (what, subject) = (event.kind(), event.subject());
    format!("{:>6}  {decided}  {what} {subject}, was {was}\n", event.sequence)
}

impl Merge {
    pub(super) fn run(&self, context: &Context, request: &FleetRequest) -> Result<Exit> {
        let git = Git { root: &request.root, interrupt: &context.interrupt };
        let (ours, theirs) = (fs_err::read(&self.ours)?, fs_err::read(&self.theirs)?);
        let published = git.published()?;
        let base = fs_err::read(&self.base)?;
        let problems = match three_way(&base, &ours, &theirs, &published) {
            Ok(Ok(rebased)) => {
                domi_host::file::write(self.ours.as_ref(), &rebased.text)?;
                for moved in &rebased.moved {
                    talk!("{}", line(moved).trim_end());
                }
                return Ok(Exit::Pass);
            }
            Ok(Err(problems)) => placed(problems, request),
            Err(problem) => placed(vec![*problem], request),
        };
        // Without this, the file would look as if nothing were open in it.
        let files = [&self.ours, &self.base, &self.theirs];
        let labels = ["-L", "ours", "-L", "base", "-L", "theirs"];
        let here = Git { root: Utf8Path::new("."), interrupt: &context.interrupt };
        let marked = here.program().args(["merge-file", "--quiet"]).args(labels).args(files);
        marked.run(&context.interrupt)?;
        ended(context, problems)
    }
}

/// One log of those of a merge that is not done: of the commit where both began, ours and theirs. What
/// the file has besides was recorded since.
fn unmerged(
    [base, ours, theirs]: &[Vec<u8>; 3],
    now: &[u8],
    published: &[Vec<u8>],
) -> std::result::Result<std::result::Result<Rebased, Vec<Problem>>, Box<Problem>> {
    let rebased = match three_way(base, ours, theirs, published)? {
        Ok(rebased) => rebased,
        Err(problems) => return Ok(Err(problems)),
    };
    let is_one = sides(&[now], &[]).is_ok_and(|sides| sides.len() == 1);
    if !is_one || ours.starts_with(now) || theirs.starts_with(now) {
        return Ok(Ok(rebased));
    }
    Ok(rebase(&sides(&[&rebased.text, now], std::slice::from_ref(&rebased.text))?))
}

impl Git<'_> {
    /// The log of the fleet in a commit, or on a side of a merge that is not done; if it is there.
    fn log(&self, side: &str) -> Result<Option<Vec<u8>>> {
        let name = format!("{side}:./{LOG}");
        let words = ["rev-parse", "--quiet", "--verify", "--end-of-options", &name];
        let found = self.program().args(words).run(self.interrupt)?;
        if !found.success() {
            return Ok(None);
        }
        let hash = crate::git::text(&found.stdout).trim().to_owned();
        let read = self.program().args(["cat-file", "blob", &hash]);
        Ok(Some(read.bytes(self.interrupt)?))
    }

    /// The log in what others have already.
    fn published(&self) -> Result<Vec<Vec<u8>>> {
        // The branch that is checked out may have no fleet.
        if !self.root.is_dir() {
            return Ok(Vec::new());
        }
        let logs = PUBLISHED.iter().map(|name| self.log(name));
        Ok(logs.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }
}
