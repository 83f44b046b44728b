//! Files under `/etc`.

use domi_evaluate::Evaluated;
use domi_realise::{Content, EtcFile, File};

use super::{Carrier, GONE, MODULES_OF_PAM};
use crate::guards::{self, HOSTS};
use crate::made_of_settings::is_of_settings;

impl Carrier<'_> {
    pub(super) fn etc(&mut self, case: &Evaluated) {
        let (of_settings, changed): (Vec<_>, Vec<_>) =
            case.changed_etc.values().partition(|file| is_of_settings(&file.target));
        for file in of_settings {
            self.file_of_settings(file);
        }
        for file in case.etc.values().chain(changed) {
            let user = format!("/etc/{}", file.target);
            self.texts.searched = file.target.starts_with("pam.d/").then_some(MODULES_OF_PAM);
            if !file.enable {
                // A new one that is left out is nowhere.
                if case.changed_etc.values().any(|changed| changed.target == file.target) {
                    self.not_carried(&user, GONE);
                }
                continue;
            }
            if file.target == "hosts"
                && let Some(added) = &case.hosts
            {
                let content = Content::Text(added.clone());
                self.out.files.push(File { path: HOSTS.to_owned(), mode: 0o444, content });
                continue;
            }
            if guards::is_of_machine(&file.target) {
                self.not_carried(&user, "the machine itself needs its own");
                continue;
            }
            if let Some(zone) = file.source.strip_prefix("/etc/zoneinfo/") {
                let path = format!("/usr/share/zoneinfo/{zone}");
                self.texts.debian.insert("tzdata".to_owned());
                self.texts.needed.insert(path.clone(), "tzdata".to_owned());
                self.link(user, path);
                continue;
            }
            let mode = Some(file.mode.clone()).filter(|mode| mode != "symlink");
            let text = match &file.text {
                Some(text) => self.texts.text(text, &user),
                None => {
                    let path = self.texts.path(&file.source, &user);
                    let mut known = self.texts.files.get(&path).map(|(text, _)| text.clone());
                    // What it says to systemd must be known before it is known who can keep that.
                    let is_read = file.target.starts_with("systemd/") && self.texts.kept.is_some();
                    if (mode.is_some() || is_read) && known.is_none() {
                        known = self.texts.kept_text(&file.source, &user);
                    }
                    match known {
                        Some(text) => text,
                        None if mode.is_some() => {
                            let what =
                                "it has rights of its own, and comes from a package or a command";
                            self.not_carried(&user, what);
                            continue;
                        }
                        None if is_read => {
                            let what = "what it says is known only when it is built";
                            self.not_carried(&user, what);
                            continue;
                        }
                        None => {
                            self.link(user, path);
                            continue;
                        }
                    }
                }
            };
            let other = |owner: &str| {
                let owner = owner.trim_start_matches('+');
                Some(owner.to_owned()).filter(|owner| !["root", "0"].contains(&&**owner))
            };
            // NixOS gives a link to nobody.
            let [user, group] = match &mode {
                Some(_) => [other(&file.user), other(&file.group)],
                None => [None, None],
            };
            let file_of_ours = EtcFile { text, mode, user, group };
            self.out.system.etc.insert(file.target.clone(), file_of_ours);
        }
        self.texts.searched = None;
    }
}
