//! An organisation that follows from a number: nested units and places, hosts with two roles,
//! policies on every level, and whatever each of them says of features.

use std::fmt::Write as _;

use fastrand::Rng;

/// Files by their paths.
pub(crate) struct Organisation {
    random: Rng,
    files: Vec<(String, String)>,
}

impl Organisation {
    pub(crate) fn of(seed: u64) -> Self {
        let mut it = Self { random: Rng::with_seed(seed), files: Vec::new() };
        it.make();
        it
    }

    pub(crate) fn files(&self) -> &[(String, String)] {
        &self.files
    }

    fn make(&mut self) {
        self.file("domain/people/p.toml", String::new());
        let organisations = self.random.usize(1..=2);
        for number in 0..organisations {
            let said = self.said("features = ['all', 'small']\n");
            self.file(&format!("domain/organizations/o{number}.toml"), said);
        }
        let units: Vec<String> = (0..self.random.usize(1..=4)).map(|it| format!("u{it}")).collect();
        for (number, unit) in units.iter().enumerate() {
            // Within the one before it, most often, so that they are deep.
            let around = match number {
                0 => format!("o{}", self.random.usize(0..organisations)),
                _ if self.percent(70) => units[number - 1].clone(),
                _ => format!("o{}", self.random.usize(0..organisations)),
            };
            let said = self.said(&format!("within = '{around}'\nresponsible = 'p'\n"));
            self.file(&format!("domain/organizations/{unit}.toml"), said);
        }
        let places = self.random.usize(1..=3);
        for number in 0..places {
            let head = match number {
                0 => String::new(),
                _ => format!("within = 'l{}'\n", number - 1),
            };
            let said = self.said(&head);
            self.file(&format!("domain/locations/l{number}.toml"), said);
        }
        for role in ["a", "b", "c"] {
            let said = self.said("");
            self.file(&format!("nodes/{role}.toml"), said);
        }
        let hosts = self.random.usize(2..=4);
        for number in 0..self.random.usize(0..=3) {
            let on = self.selector(&units, places, hosts);
            let status = if self.percent(15) { "status = 'retired'\n" } else { "" };
            let said = self.said(&format!("{status}on = {{ {on} }}\n"));
            self.file(&format!("domain/policies/authentication/y{number}.toml"), said);
        }
        for number in 0..hosts {
            self.host(number, &units, places, organisations);
        }
    }

    fn host(&mut self, number: usize, units: &[String], places: usize, organisations: usize) {
        let (unit, place) = (self.random.choice(units).unwrap(), self.random.usize(0..places));
        let mut head = String::new();
        // Whose it is and where follows from its file, its device, what it runs on, or nothing.
        let is_virtual = number > 0 && self.percent(30);
        let by_device = !is_virtual && self.percent(50);
        if by_device {
            let text = format!("unit = '{unit}'\nlocation = 'l{place}'\n");
            self.file(&format!("domain/inventory/devices/d{number}.toml"), text);
            let _ = writeln!(head, "device = 'd{number}'");
        } else if organisations > 1 || self.percent(70) {
            let _ = writeln!(head, "unit = '{unit}'");
        }
        if is_virtual {
            let _ = writeln!(head, "kind = 'virtual'\nruns_on = 'h0'");
        } else if !by_device && self.percent(80) {
            let _ = writeln!(head, "location = 'l{place}'");
        }
        head += match self.random.usize(0..4) {
            0 => "roles = ['a']\n",
            1 => "roles = ['b', 'a']\n",
            2 => "roles = ['c', 'b']\n",
            _ => "roles = ['a', 'b', 'c']\n",
        };
        head += if self.percent(50) { "tags = ['t']\n" } else { "" };
        let said = self.said(&head);
        let folder = if self.percent(30) { "hosts/far/away" } else { "hosts" };
        self.file(&format!("{folder}/h{number}.toml"), said);
    }

    /// What the table `on` of a policy says.
    fn selector(&mut self, units: &[String], places: usize, hosts: usize) -> String {
        let unit = self.random.choice(units).unwrap();
        let keys = [
            "organizations = ['o0']".to_owned(),
            format!("units = ['{unit}']"),
            format!("locations = ['l{}']", self.random.usize(0..places)),
            "roles = ['b', 'c']".to_owned(),
            format!("hosts = ['h{}']", self.random.usize(0..hosts)),
            "tags = ['t']".to_owned(),
        ];
        let keys: Vec<String> = keys.into_iter().filter(|_| self.percent(25)).collect();
        keys.join(", ")
    }

    /// A file with this at its head, and what it says of features.
    fn said(&mut self, head: &str) -> String {
        let mut text = head.to_owned();
        if self.percent(15) && !head.contains("features") {
            text += ["features = ['small']\n", "without = ['small']\n", "without = ['all']\n"]
                [self.random.usize(0..3)];
        }
        let mut tables: Vec<(&str, &str)> = Vec::new();
        for _ in 0..self.random.usize(0..=3) {
            let mode = ["defaults", "settings", "settings", "override", "override", "remove"];
            let mode = mode[self.random.usize(0..mode.len())];
            let feature = if self.percent(80) { "all" } else { "small" };
            if !tables.contains(&(mode, feature)) {
                tables.push((mode, feature));
            }
        }
        for (mode, feature) in tables {
            let _ = writeln!(text, "[{mode}.{feature}]");
            let mut options: Vec<usize> = (0..if feature == "all" { 8 } else { 2 }).collect();
            self.random.shuffle(&mut options);
            for option in &options[..self.random.usize(1..=2)] {
                let (name, value) = self.option(*option, mode == "remove");
                let _ = writeln!(text, "{name} = {value}");
            }
        }
        text
    }

    /// An option with what is said of it, or what is taken away from it.
    fn option(&mut self, option: usize, removes: bool) -> (&'static str, String) {
        let name = ["number", "words", "lines", "path", "maybe", "jobs", "either", "free"][option];
        if removes {
            let few = match name {
                "words" | "either" => self.words(),
                "jobs" => {
                    ["['x']", "{ x = true }", "{ y = { what = ['a'] } }", "{ x.every = true }"]
                        [self.random.usize(0..4)]
                    .to_owned()
                }
                "free" => ["{ x = true }", "{ y = ['a'] }", "{ x = { y = true } }"]
                    [self.random.usize(0..3)]
                .to_owned(),
                _ => "true".to_owned(),
            };
            return (name, if self.percent(20) { "true".to_owned() } else { few });
        }
        let value = match name {
            "words" => self.words(),
            "lines" | "path" => format!("'{}'", self.word()),
            "jobs" => {
                let every = format!("every = {}", self.random.u8(0..3));
                let what = format!("what = {}", self.words());
                let job = match self.random.usize(0..4) {
                    0 => every,
                    1 => what,
                    2 => format!("{every}, {what}"),
                    _ => String::new(),
                };
                format!("{{ {} = {{ {job} }} }}", ["x", "y"][self.random.usize(0..2)])
            }
            "either" if self.percent(50) => self.words(),
            "free" => {
                let value = match self.random.usize(0..3) {
                    0 => self.random.u8(0..3).to_string(),
                    1 => self.words(),
                    _ => format!("{{ y = {}, z = {} }}", self.random.u8(0..3), self.words()),
                };
                format!("{{ {} = {value} }}", ["x", "y"][self.random.usize(0..2)])
            }
            _ => self.random.u8(0..3).to_string(),
        };
        (name, value)
    }

    fn words(&mut self) -> String {
        let words: Vec<String> =
            (0..self.random.usize(0..3)).map(|_| format!("'{}'", self.word())).collect();
        format!("[{}]", words.join(", "))
    }

    fn word(&mut self) -> &'static str {
        ["a", "b", "c"][self.random.usize(0..3)]
    }

    fn percent(&mut self, times: u8) -> bool {
        self.random.u8(0..100) < times
    }

    fn file(&mut self, path: &str, text: String) {
        self.files.push((path.to_owned(), text));
    }
}
