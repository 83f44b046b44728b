use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use crate::Paint;

/// How many equal lines are shown around a difference.
pub(super) const AROUND: usize = 3;
/// How long the best way to show a difference is looked for.
const SEARCH: Duration = Duration::from_secs(1);

/// All that differs between two texts, old and new, as a unified diff: `patch` makes one text into the
/// other with it. `names` are of the files in which they stand, `/dev/null` where there is none.
///
/// It is found in bounded time, however long the texts are: it is then not the smallest one.
pub fn patch(names: [&str; 2], [old, new]: [&str; 2], paint: Paint) -> String {
    let sides = paint.strong(format_args!("--- {}\n+++ {}", names[0], names[1]));
    format!("{sides}\n{}", hunks([old, new], paint))
}

/// The same without the names: what differs, with a few equal lines around it.
pub fn hunks([old, new]: [&str; 2], paint: Paint) -> String {
    let mut text = String::new();
    let diff = TextDiff::configure().timeout(SEARCH).diff_lines(old, new);
    for hunk in diff.unified_diff().context_radius(AROUND).iter_hunks() {
        text += &format!("{}\n", paint.faint(hunk.header()));
        for change in hunk.iter_changes() {
            let line = format!("{}{}", change.tag(), change.value().trim_end_matches('\n'));
            text += &match change.tag() {
                ChangeTag::Delete => paint.bad(line),
                ChangeTag::Insert => paint.good(line),
                ChangeTag::Equal => line,
            };
            text.push('\n');
            if change.missing_newline() {
                text += "\\ No newline at end of file\n";
            }
        }
    }
    text
}
