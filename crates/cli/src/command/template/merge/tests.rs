use super::*;

fn files(texts: &[(&str, &str)]) -> Files {
    texts.iter().map(|(path, text)| ((*path).into(), (*text).to_owned())).collect()
}

fn by_git_here(base: &Files, mine: &Files, new: &Files) -> Merged {
    merged(base, mine, new, |_, texts| by_git(&Interrupt::default(), texts)).expect("git merges")
}

/// The files after a merge.
fn after(mine: &Files, merged: &Merged) -> Files {
    let mut files = mine.clone();
    for (path, text) in &merged.changes {
        match text {
            Some(text) => drop(files.insert(path.clone(), text.clone())),
            None => drop(files.remove(path)),
        }
    }
    files
}

#[test]
fn each_file_is_written_merged_or_left() {
    let base = files(&[
        ("same", "a\n"),
        ("new", "a\n"),
        ("mine", "a\n"),
        ("both", "a\nb\nc\nd\n"),
        ("clash", "a\n"),
        ("gone", "a\n"),
        ("gone-changed", "a\n"),
        ("removed", "a\n"),
    ]);
    let mine = files(&[
        ("same", "a\n"),
        ("new", "a\n"),
        ("mine", "x\n"),
        ("both", "x\nb\nc\nd\n"),
        ("clash", "x\n"),
        ("gone", "a\n"),
        ("gone-changed", "x\n"),
        ("added-by-both", "x\n"),
        ("own", "x\n"),
    ]);
    let new = files(&[
        ("same", "a\n"),
        ("new", "y\n"),
        ("mine", "a\n"),
        ("both", "a\nb\nc\ny\n"),
        ("clash", "y\n"),
        ("removed", "y\n"),
        ("added", "y\n"),
        ("added-by-both", "x\n"),
    ]);
    let found = by_git_here(&base, &mine, &new);
    assert_eq!(found.conflicts, [("clash".into(), 1)]);
    let left: Vec<&str> = found.left.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(left, ["gone-changed", "removed"]);
    let after = after(&mine, &found);
    let text = |path: &str| after.get(Utf8Path::new(path)).map(String::as_str);
    for (path, expected) in [
        ("same", Some("a\n")),
        ("new", Some("y\n")),
        ("mine", Some("x\n")),
        ("both", Some("x\nb\nc\ny\n")),
        ("clash", Some("<<<<<<< yours\nx\n=======\ny\n>>>>>>> template\n")),
        ("gone", None),
        ("gone-changed", Some("x\n")),
        ("removed", None),
        ("added", Some("y\n")),
        ("added-by-both", Some("x\n")),
        ("own", Some("x\n")),
    ] {
        assert_eq!(text(path), expected, "{path}");
    }
}

/// Numbers that are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % most
    }

    /// Files with other lines, more and fewer files among them; lines that are new begin with a word.
    fn edited(&mut self, files: &Files, word: &str) -> Files {
        let mut edited = files.clone();
        for nth in 0..self.below(4) {
            let path: Utf8PathBuf = format!("f{}", self.below(6)).into();
            let mut lines: Vec<String> = edited
                .get(&path)
                .map(|it| it.lines().map(str::to_owned).collect())
                .unwrap_or_default();
            let at = self.below(lines.len() + 1);
            match self.below(5) {
                0 => drop(edited.remove(&path)),
                1 if at < lines.len() => {
                    lines.remove(at);
                    edited.insert(path, lines.join("\n"));
                }
                _ => {
                    lines.insert(at, format!("{word} {nth} {}", self.below(1000)));
                    edited.insert(path, lines.join("\n") + "\n");
                }
            }
        }
        edited
    }
}

#[test]
fn a_second_time_changes_nothing_and_what_people_wrote_is_kept() {
    let mut numbers = Numbers(7);
    let mut conflicts = 0;
    for _ in 0..150 {
        let start =
            files(&[("f0", "a\nb\nc\nd\ne\n"), ("f1", "a\n"), ("f2", "1\n2\n3\n4\n"), ("f3", "")]);
        let base = numbers.edited(&start, "base");
        let mine = numbers.edited(&base, "mine");
        let new = numbers.edited(&base, "new");
        let found = by_git_here(&base, &mine, &new);
        conflicts += found.conflicts.len();
        let once = after(&mine, &found);
        // The record is that of the new version then.
        let again = by_git_here(&new, &once, &new);
        assert_eq!(again, Merged::default(), "{base:?} {mine:?} {new:?}");
        let lines = |files: &Files| -> BTreeSet<String> {
            files.values().flat_map(|it| it.lines()).map(str::to_owned).collect()
        };
        let kept = lines(&once);
        let own = lines(&mine).into_iter().filter(|line| line.starts_with("mine"));
        own.for_each(|line| assert!(kept.contains(&line), "{line}: {base:?} {mine:?} {new:?}"));
        // Who has changed nothing has what the template has; and a template that is the same changes nothing.
        let plain = by_git_here(&base, &base, &new);
        assert_eq!((after(&base, &plain), plain.conflicts.len()), (new.clone(), 0));
        assert_eq!(by_git_here(&base, &mine, &base), Merged::default());
    }
    assert!(conflicts > 0, "some of them are conflicts");
}
