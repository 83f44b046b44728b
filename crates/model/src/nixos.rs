//! Programs that a NixOS has not, where other machines have them.

/// The only programs that a NixOS has outside of its packages.
pub const OWN_PROGRAMS: [&str; 2] = ["/bin/sh", "/usr/bin/env"];

/// Folders in which programs of one kind of machine are, and of no other.
pub const FOREIGN_FOLDERS: [&str; 7] =
    ["/bin/", "/sbin/", "/lib/", "/lib64/", "/usr/", "/run/current-system/", "/run/wrappers/"];

/// Whether a program is at this path on one kind of machine only.
pub fn is_foreign_program(path: &str) -> bool {
    let foreign = FOREIGN_FOLDERS.iter().any(|folder| path.starts_with(folder));
    foreign && !OWN_PROGRAMS.contains(&path)
}

/// What is wrong with the first word of a command, which must name the same program everywhere.
///
/// # Errors
/// Says so, and what to write instead.
pub fn check_program(program: &str) -> Result<(), String> {
    let name = program.rsplit('/').next().unwrap_or(program);
    if is_foreign_program(program) || is_bare(program) {
        let own = OWN_PROGRAMS.join(" and ");
        return Err(format!(
            "NixOS has no program `{program}`, only {own}; declare the package that brings it, and \
             run its `bin/{name}`"
        ));
    }
    if !program.starts_with('/') || program.ends_with('/') {
        return Err(format!("{program:?} is no absolute path of a program"));
    }
    if program.contains(['"', '\'', '\\', '$']) || program.chars().any(|c| c.is_ascii_control()) {
        return Err(format!(
            "{program:?} holds a quote, a backslash, a `$` or a control character, with which \
             systemd finds no program"
        ));
    }
    Ok(())
}

/// Whether systemd would look for the program in folders of its own choice.
pub(crate) fn is_bare(program: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    program.starts_with(|c: char| c.is_ascii_alphanumeric()) && program.chars().all(good)
}

/// The first path in a text, such as one for a shell, at which only other machines than a NixOS
/// have a program.
pub(crate) fn foreign_program_in(text: &str) -> Option<&str> {
    const FOLDERS: [&str; 7] = [
        "/bin/",
        "/sbin/",
        "/usr/bin/",
        "/usr/sbin/",
        "/usr/local/bin/",
        "/usr/local/sbin/",
        "/usr/lib/",
    ];
    let mut words = text.split(|c: char| c.is_whitespace() || "\"'`;|&()<>=:,".contains(c));
    words.find(|word| {
        FOLDERS.iter().any(|folder| word.len() > folder.len() && word.starts_with(folder))
            && !OWN_PROGRAMS.contains(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_an_absolute_path_that_every_machine_may_have() {
        for good in ["/bin/sh", "/usr/bin/env", "/var/lib/x/run", "/srv/a b", "/opt/100%/x", "/é"]
        {
            assert_eq!(check_program(good), Ok(()), "{good}");
        }
        for bad in [
            "sleep",
            "/bin/sleep",
            "/usr/bin/x",
            "/sbin/x",
            "/usr/local/bin/x",
            "/lib/x",
            "x/y",
            "-/bin/false",
            "@/x",
            "+/x",
            "!/x",
            ":/x",
            "|/x",
            "",
            "/",
            "/x/",
            "/a$b",
            "/a\"b",
            "/a'b",
            "/a\\b",
            "/a\nb",
            "/run/current-system/sw/bin/x",
            "~/x",
        ] {
            assert!(check_program(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn programs_are_found_in_what_a_shell_gets() {
        let check = |text: &str, found: Option<&str>| {
            assert_eq!(foreign_program_in(text), found, "{text}");
        };
        check("sleep 1", None);
        check("/bin/sh -c x", None);
        check("exec /usr/bin/sleep 1", Some("/usr/bin/sleep"));
        check("x=$(/bin/true)", Some("/bin/true"));
        check("http://localhost/bin/x", None);
        check("/srv/bin/x", None);
    }
}
