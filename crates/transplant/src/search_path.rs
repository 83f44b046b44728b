//! The PATH of a unit, as folders on a machine that has all programs in one place.

use domi_realise::Programs;

use crate::Row;
use crate::text::Texts;

const START: &str = "Environment=\"PATH=";

impl Texts<'_> {
    /// A line of a unit, as the machine gets it.
    pub(crate) fn line(&mut self, line: &str, unit: &str) -> String {
        match line.strip_prefix(START).and_then(|rest| rest.strip_suffix('"')) {
            Some(list) if self.kept.is_none() => {
                format!("{START}{}\"", self.search_path(list, unit))
            }
            _ => self.text(line, unit),
        }
    }

    fn search_path(&mut self, list: &str, unit: &str) -> String {
        let always = Programs::always();
        let (mut own, mut of_all, mut others) = (Programs::default(), Programs::default(), vec![]);
        for folder in list.split(':') {
            let there = self.text(folder, unit);
            match self.programs(folder) {
                Some(programs)
                    if programs.links.is_empty() && programs.debian.is_subset(&always.debian) =>
                {
                    of_all.debian.extend(programs.debian);
                }
                Some(Programs { debian, links }) => {
                    own.debian.extend(debian);
                    for (name, path) in links {
                        own.links.entry(name).or_insert(path);
                    }
                }
                None if others.contains(&there) => {}
                None => others.push(there),
            }
        }
        // A unit may lack some programs that units have by default.
        if of_all != always {
            own.debian.append(&mut of_all.debian);
        }
        let mut folders = Vec::new();
        for programs in [own, of_all].into_iter().filter(|programs| !programs.is_empty()) {
            folders.push(programs.folder());
            self.programs.insert(programs);
        }
        folders.splice(folders.len().min(1)..folders.len().min(1), others);
        folders.join(":")
    }

    /// The programs of a package, whose folder this is.
    fn programs(&self, folder: &str) -> Option<Programs> {
        let package = folder.strip_suffix("/bin").or_else(|| folder.strip_suffix("/sbin"))?;
        let stored = self.store.get(package).filter(|stored| stored.content.is_none())?;
        Some(self.table.row(stored)?.programs(&stored.pname))
    }
}

impl Row {
    /// The programs of the package with this name in nixpkgs.
    fn programs(&self, name: &str) -> Programs {
        let mut programs = Programs::default();
        let is_program = |file: &str| file.starts_with("bin/") || file.starts_with("sbin/");
        let parts = self.parts.iter().filter(|(file, _)| is_program(file));
        let parts = parts.flat_map(|(_, debian)| debian);
        let debian: Vec<_> = self.debian.iter().chain(&self.here).chain(parts).cloned().collect();
        programs.add(&debian, &self.paths);
        if debian.is_empty() {
            // Every machine has it, probably under this name.
            programs.debian.insert(name.to_owned());
        }
        programs
    }
}
