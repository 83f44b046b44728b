use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::Result;
use domi_host::command::Program;
use domi_host::{Interrupt, tool};
use domi_model::Problem;

use crate::codes::{CACHE_DEAD, NO_CLIENT};

/// A binary cache, as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cache {
    /// Any store that Nix itself can copy to, by its URL.
    Store(String),
    /// A cache of Cachix, by its name: `cachix:NAME`.
    Cachix(String),
    /// A cache on an Attic server that its client knows: `attic:SERVER/CACHE`.
    Attic {
        /// The name that the client knows the server by.
        server: String,
        /// The cache's name there.
        cache: String,
    },
}

impl FromStr for Cache {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(name) = text.strip_prefix("cachix:") {
            return if is_name(name) { Ok(Self::Cachix(name.to_owned())) } else { Err("no name") };
        }
        if let Some(rest) = text.strip_prefix("attic:") {
            let (server, cache) = rest.split_once('/').ok_or("the name of the cache is missing")?;
            let names = is_name(server) && is_name(cache);
            let names = names.then(|| (server.to_owned(), cache.to_owned()));
            return names.map(|(server, cache)| Self::Attic { server, cache }).ok_or("no name");
        }
        check_url(text)?;
        Ok(Self::Store(text.to_owned()))
    }
}

impl fmt::Display for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(url) => f.write_str(url),
            Self::Cachix(name) => write!(f, "cachix:{name}"),
            Self::Attic { server, cache } => write!(f, "attic:{server}/{cache}"),
        }
    }
}

/// A name that no program reads as an option or something else.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(plain)
}

/// The URL of a store, without secrets: everybody on this computer sees the arguments of a program.
fn check_url(url: &str) -> Result<(), &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("no URL")?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-".contains(c);
    let is_scheme =
        scheme.starts_with(|c: char| c.is_ascii_lowercase()) && scheme.chars().all(plain);
    if !is_scheme || rest.is_empty() || url.contains(char::is_whitespace) {
        return Err("no URL");
    }
    if scheme == "file" && !rest.starts_with('/') {
        return Err("the path is not absolute");
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let host = place.split('/').next().unwrap_or_default();
    if host.split_once('@').is_some_and(|(user, _)| user.contains(':')) {
        return Err("it holds a password");
    }
    let key = query.split('&').find_map(|pair| pair.strip_prefix("secret-key="));
    if key.is_some_and(|key| !key.starts_with('/')) {
        return Err("it holds a key instead of the path of one");
    }
    Ok(())
}

impl Cache {
    /// The folder, if the cache is one.
    pub fn folder(&self) -> Option<PathBuf> {
        let Self::Store(url) = self else { return None };
        let path = url.strip_prefix("file://")?.split('?').next()?;
        // Versions of Nix read such a character differently.
        (!path.contains('%')).then(|| PathBuf::from(path))
    }

    /// A problem if it is a folder that does not exist. Nix would create it, and a disk that is not
    /// mounted would look like an empty cache.
    pub fn missing_folder(&self) -> Option<Problem> {
        let folder = self.folder().filter(|folder| !folder.is_dir())?;
        Some(self.dead("there is no such folder").next(format!(
            "mount or restore it; a new cache begins with `mkdir -p {}`",
            domi_host::command::shell_word(&folder.display().to_string())
        )))
    }

    /// The problem that it does not answer.
    pub fn dead(&self, why: &str) -> Problem {
        Problem::error(CACHE_DEAD, self.to_string(), why)
            .next("check that it is running, and that `cache.url` in domi.toml is right")
    }

    /// The URL by which Nix reads it. Attic's client is asked for that of its own caches.
    ///
    /// # Errors
    /// If the client cannot be run. That there is no client, or that it knows no such cache, is a
    /// problem.
    pub fn url(&self, limit: Duration, interrupt: &Interrupt) -> Result<Result<String, Problem>> {
        match self {
            Self::Store(url) => Ok(Ok(url.clone())),
            Self::Cachix(name) => Ok(Ok(format!("https://{name}.cachix.org"))),
            Self::Attic { server, cache } => {
                let client = match self.client("attic") {
                    Ok(client) => client,
                    Err(problem) => return Ok(Err(*problem)),
                };
                let name = format!("{server}:{cache}");
                let program = Program::new(client).args(["cache", "info", &name]).time_limit(limit);
                let outcome = program.run(interrupt)?;
                let said = String::from_utf8_lossy(&outcome.stderr);
                let endpoint = endpoint(&said).filter(|_| outcome.success());
                Ok(endpoint.ok_or_else(|| {
                    let why = said.lines().last().unwrap_or_default().trim();
                    self.dead(&format!("`{program}` printed no endpoint ({}): {why}", outcome.end))
                }))
            }
        }
    }

    /// The service's own program that copies to it; nothing if Nix does.
    ///
    /// # Errors
    /// When it is not there.
    pub fn pusher(&self) -> Option<Result<Program, Box<Problem>>> {
        match self {
            Self::Store(_) => None,
            Self::Cachix(name) => {
                Some(self.client("cachix").map(|client| Program::new(client).args(["push", name])))
            }
            Self::Attic { server, cache } => {
                Some(self.client("attic").map(|client| {
                    Program::new(client).args(["push", &format!("{server}:{cache}")])
                }))
            }
        }
    }

    fn client(&self, name: &str) -> Result<PathBuf, Box<Problem>> {
        tool::find(name).ok_or_else(|| {
            let message = format!("there is no `{name}` here");
            let problem = Problem::error(NO_CLIENT, self.to_string(), message);
            Box::new(problem.next(format!("install it and log in, so that `{name}` can be called")))
        })
    }
}

/// The URL with the path of the key that signs what is copied to it. The key itself stays in its
/// file.
pub fn signing(url: &str, key: &Path) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}secret-key={}", crate::flake::encoded(key))
}

/// The URL that Attic's client names.
fn endpoint(said: &str) -> Option<String> {
    let line = said.lines().find_map(|line| line.trim().strip_prefix("Binary Cache Endpoint:"))?;
    Some(line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &Result<Cache, &'static str>) {
        let cache = text.parse::<Cache>();
        assert_eq!(&cache, expected, "{text}");
        assert_eq!(cache.map_or_else(|_| text.to_owned(), |cache| cache.to_string()), text);
    }

    #[test]
    fn a_cache_is_named_by_the_url_of_a_store_or_by_its_service() {
        for url in [
            "file:///srv/cache",
            "file:///srv/cache?compression=zstd&secret-key=/etc/key",
            "https://cache.example.org",
            "s3://bucket?profile=ours&endpoint=cache.example.org",
            "ssh-ng://nix@host",
        ] {
            check(url, &Ok(Cache::Store(url.to_owned())));
        }
        check("cachix:ours", &Ok(Cache::Cachix("ours".to_owned())));
        let (server, cache) = ("local".to_owned(), "ours".to_owned());
        check("attic:local/ours", &Ok(Cache::Attic { server, cache }));
    }

    #[test]
    fn what_is_no_cache_or_holds_a_secret_is_refused() {
        for (text, why) in [
            ("", "no URL"),
            ("/srv/cache", "no URL"),
            ("file://srv/cache", "the path is not absolute"),
            ("https://a b", "no URL"),
            ("--help://x", "no URL"),
            ("cachix:", "no name"),
            ("cachix:--help", "no name"),
            ("attic:ours", "the name of the cache is missing"),
            ("attic:a/b/c", "no name"),
            ("https://me:secret@cache.example.org", "it holds a password"),
            (
                "file:///srv/cache?secret-key=name:c2VjcmV0",
                "it holds a key instead of the path of one",
            ),
        ] {
            check(text, &Err(why));
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_no_empty_cache() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cache = |path: &Path| Cache::Store(format!("file://{}?x=y", path.display()));
        assert_eq!(cache(folder.path()).missing_folder(), None);
        let problem = cache(&folder.path().join("gone")).missing_folder().expect("it is one");
        assert_eq!((problem.code.0, &*problem.message), ("D0811", "there is no such folder"));
        assert_eq!(Cache::Cachix("ours".to_owned()).missing_folder(), None);
    }

    #[test]
    fn a_key_is_named_by_its_path() {
        let key = Path::new("/etc/a key");
        assert_eq!(signing("file:///c", key), "file:///c?secret-key=/etc/a%20key");
        assert_eq!(signing("s3://b?x=y", key), "s3://b?x=y&secret-key=/etc/a%20key");
    }

    #[test]
    fn attic_names_where_nix_reads_its_caches() {
        let said =
            "               Public: true\nBinary Cache Endpoint: https://a.example.org/ours\n";
        assert_eq!(endpoint(said).as_deref(), Some("https://a.example.org/ours"));
        assert_eq!(endpoint("Error: no such cache"), None);
    }
}
