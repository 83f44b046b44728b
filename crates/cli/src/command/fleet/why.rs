//! Why an option of a host has its value.

use domi_fleet::{Action, Mode, Step};
use domi_fleet_files::{Loaded, NO_SUCH, Unexplained, Wanted, Why};
use domi_model::{Problem, Severity, Value};
use serde_json::json;

use super::shared::{ended, features};
use crate::Exit;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::placed;
use crate::request::FleetRequest;

pub(super) fn run(
    context: &Context,
    request: &FleetRequest,
    option: &str,
    json: bool,
) -> Result<Exit> {
    let path = format!("{option}=");
    let Ok((names, "")) = domi_realise::set::split(&path) else {
        let message = "is no path of names with dots between them";
        let problem = Problem::error(NO_SUCH, option, message);
        let next = "write it as web-1.feature-x.port; names with dots in them in quotes";
        return Err(context.problems(Exit::Usage, vec![problem.next(next)]));
    };
    let (host, path) = names.split_first().map_or(("", &[][..]), |(host, path)| (host, path));
    let Loaded { fleet, mut problems } = domi_fleet_files::load(&request.root, Wanted::Host(host));
    // A file that cannot be read may be the one that says it.
    problems.retain(|problem| problem.severity == Severity::Error);
    if !problems.is_empty() {
        return ended(context, placed(problems, request));
    }
    let features = features(context, &fleet)?;
    let mut why = match domi_fleet_files::why(&fleet, &features, host, path) {
        Ok(why) => why,
        Err(Unexplained::Wrong(problems)) => return ended(context, placed(problems, request)),
        Err(Unexplained::NoSuch(problem)) => {
            return Err(context.problems(Exit::Usage, vec![*problem]));
        }
    };
    for step in &mut why.steps {
        step.place.file = request.shown(&step.place.file);
    }
    match json {
        true => data!("{:#}", json!(why))?,
        false => crate::out::data(format_args!("{}", text(&why, context)))?,
    }
    ended(context, placed(why.problems, request))
}

fn text(why: &Why, context: &Context) -> String {
    let paint = context.paint_out();
    let feature = why.feature.as_ref().map_or_else(String::new, |feature| format!(".{feature}"));
    let option = match why.option.0.is_empty() {
        true => String::new(),
        false => format!(".{}", why.option),
    };
    let name = paint.strong(format!("{}{feature}{option}", why.host));
    let mut text = match (&why.value, &why.default) {
        (Some(value), _) => format!("{name} = {value}\n"),
        (None, Some(default)) => format!("{name} = {default}, the feature's default\n"),
        (None, None) => format!("{name} is as the feature has it\n"),
    };
    if why.steps.is_empty() {
        text += "  no file says anything of it\n";
    }
    let rows: Vec<usize> =
        (0..why.steps.len()).filter(|index| is_shown(&why.steps, *index)).collect();
    let level = |step: &Step| format!("{} {}", step.rank.level.as_str(), step.from);
    let width = rows.iter().map(|index| level(&why.steps[*index]).chars().count()).max();
    let width = width.unwrap_or_default();
    for (row, index) in rows.iter().enumerate() {
        let step = &why.steps[*index];
        let replaced = why.steps.iter().any(|later| later.replaces.contains(index));
        let within = match step.option == why.option || why.feature.is_none() {
            true => String::new(),
            false => format!("{} ", step.option),
        };
        let mut does = format!("{within}{}", does(step));
        let others = step.replaces.iter();
        for other in others.filter_map(|it| rows.iter().position(|row| row == it)) {
            does += &format!("; replaces {}", other + 1);
        }
        if !step.effective && step.mode == Mode::Remove {
            does += "; nothing is there";
        }
        let line =
            format!("  {}. {:width$}  {does}  {}", row + 1, level(step), paint.faint(&step.place));
        text += &(if replaced { paint.faint(line) } else { line });
        text.push('\n');
    }
    text
}

/// Whether a step says more than that there is an attribute set, which what is within says as well.
fn is_shown(steps: &[Step], index: usize) -> bool {
    let step = &steps[index];
    let within = |other: &Step| {
        other.place.file == step.place.file
            && other.option != step.option
            && other.option.0.starts_with(&step.option.0)
    };
    step.action != Action::Make || !steps.iter().any(within)
}

fn does(step: &Step) -> String {
    let how = match step.mode {
        Mode::Defaults => " by default",
        Mode::Override => " on purpose",
        Mode::Settings | Mode::Remove => "",
    };
    let list = |items: &[Value]| Value::List(items.to_vec()).to_string();
    let mut text = match &step.action {
        Action::Set(value) => format!("is {value}{how}"),
        Action::Append(items) => format!("adds {}{how}", list(items)),
        Action::Unite(items) => format!("has {}{how}", list(items)),
        Action::Lines(lines) => format!("adds the lines {}{how}", Value::from(&**lines)),
        Action::Join { text, .. } => format!("adds {}{how}", Value::from(&**text)),
        Action::Make => format!("is an attribute set{how}"),
        Action::Remove(items) => format!("removes {}", list(items)),
        Action::Unset => "removes all that was said".to_owned(),
    };
    for (what, names) in [("secret", &step.secrets), ("constant", &step.constants)] {
        if !names.is_empty() {
            text += &format!(", the {what} {}", names.join(", "));
        }
    }
    text
}
