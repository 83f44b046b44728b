//! A plan for people: a summary that is read at once, and below it what happens, what is taken away
//! first.

use domi_fleet_plan::{
    Change, Difference, Kind, Moved, NameChange, Plan, Summary, WaveOfPlan, Why,
};
use domi_model::Value;
use domi_report::{Paint, shown};

/// How many hosts of a list are named.
const NAMED: usize = 4;
/// How many characters of a value are shown.
const LONGEST: usize = 72;

pub(in crate::command::fleet) fn text(plan: &Plan, paint: Paint) -> String {
    let mut text = summary(plan, paint);
    for (change, title) in [
        (Change::Removed, "Taken away"),
        (Change::Moved, "Moved"),
        (Change::Changed, "Changed"),
        (Change::Added, "Added"),
    ] {
        let mut lines = String::new();
        if change == Change::Moved {
            lines.extend(plan.moved.iter().map(|it| moved(it, paint)));
        }
        let differences = plan.differences.iter().filter(|it| it.change == change);
        lines.extend(differences.map(|it| difference(it, paint)));
        text += &section(title, &lines, paint);
    }
    let installs = plan.installs.iter();
    let installs =
        installs.map(|it| format!("  {} {}  {}\n", paint.good("+"), it.host, it.machine));
    text += &section("Set up for the first time", &installs.collect::<String>(), paint);
    let names: String = plan.names.iter().map(|it| name(it, paint)).collect();
    text += &section("Names of addresses, on every host", &names, paint);
    let number = |(index, it): (usize, &WaveOfPlan)| wave(index + 1, it, paint);
    let is_gone_through = plan.waves.iter().any(|it| !it.steps.is_empty());
    let waves = plan.waves.iter().filter(|_| is_gone_through);
    let waves: String = waves.enumerate().map(number).collect();
    text + &section("Waves", &waves, paint)
}

fn wave(number: usize, it: &WaveOfPlan, paint: Paint) -> String {
    let hosts: Vec<String> = it.steps.concat();
    let Some(most) = it.steps.iter().map(Vec::len).max() else {
        return format!("  {number}. {}  {}\n", it.name, paint.faint("no host changes"));
    };
    let mut text = format!("  {number}. {}  {}", it.name, paint.faint(on(&hosts)));
    if it.steps.len() > 1 {
        text += &format!("; {} steps, {most} at once", it.steps.len());
    }
    if let Some(health) = &it.health {
        let units = health.units.iter().map(|unit| shown(unit));
        let ports = health.tcp.iter().map(|port| format!("tcp {port}"));
        let what: Vec<String> = units.chain(ports).collect();
        text += &format!("; healthy within {}: {}", time(health.within), what.join(", "));
    }
    if it.soak > 0 {
        text += &format!("; soaks {}", time(it.soak));
    }
    text + "\n"
}

/// Seconds in the greatest units.
fn time(seconds: u64) -> String {
    let units = [("d", 86_400, u64::MAX), ("h", 3_600, 24), ("m", 60, 60), ("s", 1, 60)];
    let parts = units.map(|(unit, long, around)| (seconds / long % around, unit));
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, unit)| format!("{count}{unit}")).collect();
    if parts.is_empty() { "0s".to_owned() } else { parts.join(" ") }
}

fn on(hosts: &[String]) -> String {
    match hosts {
        [host] => format!("on {host}"),
        hosts => format!("on {} hosts: {}", hosts.len(), list(hosts)),
    }
}

fn section(title: &str, lines: &str, paint: Paint) -> String {
    if lines.is_empty() { String::new() } else { format!("\n{}\n{lines}", paint.strong(title)) }
}

/// What one reads in ten seconds.
fn summary(plan: &Plan, paint: Paint) -> String {
    let Summary { before, after, .. } = plan.summary;
    let from = format!("{} ({})", shown(&plan.from.name), short(&plan.from.commit));
    let is_same = plan.differences.is_empty() && plan.moved.is_empty() && plan.names.is_empty();
    let hosts =
        |count: usize| if count == 1 { "1 host".to_owned() } else { format!("{count} hosts") };
    if is_same && plan.removed.is_empty() && plan.replaced.is_empty() && plan.added.is_empty() {
        return format!("since {from}: nothing changes on {}\n", hosts(after));
    }
    let mut text = format!("since {from}: {} before, {after} now\n\n", hosts(before));
    let mut row = |count: usize, word: &str, said: String| {
        if count > 0 {
            let line = format!("  {count:>5} {word:<9}  {said}");
            text += line.trim_end();
            text.push('\n');
        }
    };
    let sum = &plan.summary;
    let gone = plan.removed.iter().map(|it| match it.why {
        Why::Retired => format!("{} (retired)", it.host),
        Why::Gone => it.host.clone(),
    });
    row(sum.removed, "removed", list(gone));
    row(sum.replaced, "replaced", list(&plan.replaced));
    let (moved, changed) = plan.staying();
    row(sum.moved, "moved", list(moved));
    row(sum.changed, "changed", list(changed));
    row(sum.added, "added", list(plan.added.iter().map(|it| &it.host)));
    row(sum.unchanged, "unchanged", String::new());
    let taken = sum.taken.iter().map(|(kind, count)| format!("{count} {}", kind.noun(*count > 1)));
    let taken: Vec<String> = taken.collect();
    if !taken.is_empty() {
        text += &format!("\n  taken away from hosts that stay: {}\n", paint.bad(taken.join(", ")));
    }
    text
}

fn moved(it: &Moved, paint: Paint) -> String {
    format!("  {} {} {} is {} now\n", paint.odd(">"), it.what, it.from, it.to)
}

fn difference(it: &Difference, paint: Paint) -> String {
    let mark = match it.change {
        Change::Removed => paint.bad("-"),
        Change::Added => paint.good("+"),
        Change::Moved => paint.odd(">"),
        Change::Changed => paint.odd("~"),
    };
    let hosts = on(&it.hosts);
    let name = shown(&it.name).replace('\n', "\\n");
    let what = it.kind.noun(false);
    let what = match it.kind {
        Kind::Setting => name,
        Kind::User | Kind::Feature | Kind::Zone | Kind::Secret => format!("{what} {name}"),
        Kind::Firewall => format!("firewall: {name}"),
        Kind::Address => format!("{what} in {name}"),
        Kind::Interface => format!("{what} {name}"),
        _ if name.is_empty() => what.to_owned(),
        _ => format!("{what} of {name}"),
    };
    let text_of = |value: &Value| value_text(it.kind, value);
    let values = match (&it.before, &it.after) {
        // The name says it all.
        _ if matches!(it.kind, Kind::Feature) => String::new(),
        (Some(_), None) | (None, Some(_)) if matches!(it.kind, Kind::User | Kind::Zone) => {
            String::new()
        }
        (Some(before), Some(after)) if is_long(before) || is_long(after) => {
            return format!(
                "  {mark} {what}  {}\n{}",
                paint.faint(hosts),
                patch(before, after, paint)
            );
        }
        (Some(before), Some(after)) => format!(": {} → {}", text_of(before), text_of(after)),
        (Some(value), None) | (None, Some(value)) if it.kind == Kind::Firewall => {
            format!(" from {}", text_of(value))
        }
        (Some(value), None) if it.kind == Kind::Setting => format!(", was {}", text_of(value)),
        (None, Some(value)) if it.kind == Kind::Setting => format!(" = {}", text_of(value)),
        (Some(value), None) | (None, Some(value)) => format!(": {}", text_of(value)),
        (None, None) => String::new(),
    };
    format!("  {mark} {what}{values}  {}\n", paint.faint(hosts))
}

fn name(it: &NameChange, paint: Paint) -> String {
    let (before, after) = (it.before.join(" "), it.after.join(" "));
    match it.change {
        Change::Removed => format!("  {} {} {before}\n", paint.bad("-"), it.address),
        Change::Added => format!("  {} {} {after}\n", paint.good("+"), it.address),
        _ => format!("  {} {} {before} → {after}\n", paint.odd("~"), it.address),
    }
}

/// The first of some names, and how many more there are.
fn list<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let names: Vec<S> = names.into_iter().collect();
    let joined = |names: &[S]| names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    match names.len() {
        0..=NAMED => joined(&names),
        all => format!("{} and {} more", joined(&names[..NAMED - 1]), all + 1 - NAMED),
    }
}

/// Whether a text has several lines, which are compared one by one.
fn is_long(value: &Value) -> bool {
    matches!(value, Value::Str(text) if text.trim_end().contains('\n'))
}

fn patch(before: &Value, after: &Value, paint: Paint) -> String {
    let text = |value: &Value| match value {
        Value::Str(text) => shown(text),
        other => shown(&other.to_string()),
    };
    let hunks = domi_report::hunks([&text(before), &text(after)], paint);
    hunks.lines().map(|line| format!("      {line}\n")).collect()
}

/// A value on one line, as much of it as someone reads. Settings are written as `fleet why` does.
fn value_text(kind: Kind, value: &Value) -> String {
    let text = match value {
        Value::List(items) if kind != Kind::Setting => {
            let items = items.iter().map(|item| match item {
                Value::Str(text) => text.clone(),
                other => other.to_string(),
            });
            list(items)
        }
        Value::Str(text) if kind != Kind::Setting => text.clone(),
        other => other.to_string(),
    };
    let text = shown(&text).replace('\n', "\\n").replace('\t', "\\t");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A hash of a commit as people write it.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
