//! What a newer view changes, for people.

use domi_fleet::Renewed;
use domi_report::shown;

/// A line for each change, and one for each place that names what changed.
pub(super) fn lines(changes: &[Renewed]) -> String {
    let width = changes.iter().map(|it| it.thing.len()).max().unwrap_or_default();
    let line = |it: &Renewed| {
        let mark = match it.what {
            "gone" | "retired" => '-',
            "renamed" => '>',
            "new" => '+',
            _ => '~',
        };
        // Another fleet wrote it.
        let now = shown(&it.now.join("; "));
        let text = format!("  {mark} {:7}  {:width$}  {now}", it.what, it.thing);
        let named = it.named.iter().map(|at| format!("      named in {at}\n"));
        format!("{}\n{}", text.trim_end(), named.collect::<String>())
    };
    changes.iter().map(line).collect()
}
