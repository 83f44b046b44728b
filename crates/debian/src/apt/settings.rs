//! apt's configuration: nothing of the host's but how it reaches its sources.

/// Read before everything else, so that the host's own configuration is not read: its hooks are
/// made for another machine. How the host reaches its sources is kept.
pub(super) fn base_configuration(host: &str) -> String {
    let reaching = host.lines().filter(|line| {
        let other = ["Acquire::Languages", "Acquire::IndexTargets", "Acquire::Changelogs"];
        line.starts_with("Acquire::") && !other.iter().any(|name| line.starts_with(name))
    });
    let own = [
        r#"Dir::Etc::main "/dev/null";"#,
        r#"Dir::Etc::parts "/dev/null";"#,
        r#"Dir::Etc::trusted "/etc/apt/trusted.gpg";"#,
        r#"Dir::Etc::trustedparts "/etc/apt/trusted.gpg.d";"#,
        r#"Dir::Etc::netrc "/etc/apt/auth.conf";"#,
        r#"Dir::Etc::netrcparts "/etc/apt/auth.conf.d";"#,
        r#"Acquire::Languages { "none"; };"#,
        // Reading compressed lists doubles the time of every call.
        r#"Acquire::GzipIndexes "false";"#,
        r#"Acquire::ForceHash "sha256";"#,
        r#"APT::Install-Recommends "false";"#,
        r#"APT::Install-Suggests "false";"#,
        // apt considers itself essential; a guest does not need it.
        r#"pkgCacheGen::ForceEssential "dpkg";"#,
        r#"pkgCacheGen::ForceImportant "dpkg";"#,
        // As root apt would fetch as a user who may not enter the cache folder.
        r#"APT::Sandbox::User "root";"#,
    ];
    reaching.chain(own).map(|line| format!("{line}\n")).collect()
}

/// Only the distribution's own archives count, whatever another vendor calls its suites.
pub(super) fn preferences(origin: &str) -> String {
    format!(
        "Package: usrmerge\nPin: release *\nPin-Priority: -1\n\n\
         Package: *\nPin: release o={origin}\nPin-Priority: 500\n\n\
         Package: *\nPin: release o=*\nPin-Priority: -1\n"
    )
}
