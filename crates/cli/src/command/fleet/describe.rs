//! This computer, described as a host of the fleet.

mod hardware;

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;
use domi_fleet::{Fleet, Kind, Machine, instead};
use domi_fleet_files::{Wanted, load};
use domi_fleet_log::new_id;
use domi_host::command::Program;
use domi_model::names::is_label;
use domi_model::{Platform, Problem};
use domi_runner::host_system;
use jiff::Timestamp;
use serde::Serialize;
use toml_edit::{Array, DocumentMut, Value, value};

use super::super::undo::Undo;
use crate::Exit;
use crate::codes::NOT_DESCRIBED;
use crate::context::Context;
use crate::failure::Result;
use crate::fleet::{changed, placed};
use crate::request::FleetRequest;
use crate::values::given;
use hardware::Hardware;

#[derive(Debug, Args)]
pub(super) struct Describe {
    /// The name of the host, and of the device that it is
    #[arg(value_parser = given)]
    name: String,
    /// Where it is
    #[arg(long, value_parser = given)]
    location: Option<String>,
    /// The organisation or unit that it belongs to
    #[arg(long, value_parser = given)]
    unit: Option<String>,
    /// What it is for; may be repeated
    #[arg(long = "role", value_name = "ROLE", value_parser = given)]
    roles: Vec<String>,
    /// Write nothing; show the files
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// New files with their texts, by their paths.
type Texts = BTreeMap<String, Option<String>>;

/// What is written, or would be.
#[derive(Debug, Serialize)]
struct Described {
    /// Each file's text, by its path from the workspace's root.
    files: BTreeMap<String, String>,
    /// The network cards, by name.
    cards: BTreeMap<String, String>,
}

/// Where the files are: the first two in the fleet, the last one in the workspace.
struct Paths {
    host: String,
    device: String,
    nixos: String,
}

impl Paths {
    fn of(name: &str) -> Self {
        Self {
            host: format!("hosts/{name}.toml"),
            device: format!("domain/inventory/devices/{name}.toml"),
            nixos: format!("systems/hardware/{name}.nix"),
        }
    }

    /// Those that are there already.
    fn taken(&self, request: &FleetRequest) -> Vec<Problem> {
        let in_fleet = [&self.host, &self.device];
        let all = in_fleet.map(|file| (request.shown(file), request.root.join(file)));
        let all =
            all.into_iter().chain([(self.nixos.clone(), request.workspace.join(&self.nixos))]);
        let taken = all.filter(|(_, path)| path.symlink_metadata().is_ok()).map(|(shown, _)| {
            let next = "choose another name, or remove it first";
            Problem::error(NOT_DESCRIBED, shown, "there is such a file").next(next)
        });
        taken.collect()
    }
}

impl Describe {
    pub(super) fn run(&self, context: &Context, request: &FleetRequest) -> Result<Exit> {
        let hardware = Hardware::of(Path::new("/sys"));
        let kind = hardware::kind(&context.interrupt)?;
        let paths = Paths::of(&self.name);
        let fleet = load(&request.root, Wanted::All).fleet;
        let mut wrong = self.wrong(&fleet, &hardware);
        wrong.extend(paths.taken(request));
        let system = host_system();
        if system.is_none() {
            let next = "run it on the computer that is to be described";
            let message = format!("a host cannot be {}", std::env::consts::ARCH);
            wrong.push(Problem::error(NOT_DESCRIBED, &self.name, message).next(next));
        }
        if !wrong.is_empty() {
            return Err(context.problems(Exit::Usage, wrong));
        }
        let mut texts = Texts::new();
        texts.insert(paths.host, Some(self.host(kind, system)?));
        if kind == Machine::Metal {
            texts.insert(paths.device, Some(self.device(&hardware)?));
        }
        let problems = changed(request, &texts).problems;
        if !problems.is_empty() {
            return Err(context.problems(Exit::Fleet, placed(problems, request)));
        }
        let of_nixos = match kind {
            Machine::Container => None,
            _ => nixos_hardware(context)?,
        };
        let of_nixos: Texts =
            of_nixos.map(|text| (paths.nixos.clone(), Some(text))).into_iter().collect();
        let shown = texts.iter().map(|(file, text)| (request.shown(file), text));
        let shown = shown.chain(of_nixos.iter().map(|(file, text)| (file.clone(), text)));
        let files = shown.filter_map(|(file, text)| Some((file, text.clone()?))).collect();
        if !self.dry_run {
            write(request, &texts, &of_nixos)?;
        }
        let described = Described { files, cards: hardware.cards.iter().cloned().collect() };
        crate::out::document(&described, self.json, |it| self.shown(it))?;
        match kind {
            Machine::Container => talk!("this is a container, which is no device of its own"),
            Machine::Metal if hardware.serial.is_empty() && hardware.serial_is_secret => {
                talk!("the serial number is left out: only root may read it");
            }
            Machine::Metal => {}
            _ => talk!("this is a virtual machine, which is no device of its own"),
        }
        if of_nixos.is_empty() && kind != Machine::Container {
            talk!("there is no {}: nixos-generate-config is not here", paths.nixos);
        }
        if !self.dry_run {
            talk!("next: write the host's `addresses` and `interfaces`, then run `fleet check`");
        }
        Ok(Exit::Pass)
    }

    /// What of the words is wrong, or there already.
    fn wrong(&self, fleet: &Fleet, hardware: &Hardware) -> Vec<Problem> {
        let refused = |subject: &str, message: String, next: String| {
            Problem::error(NOT_DESCRIBED, subject, message).next(next)
        };
        let mut problems = Vec::new();
        if !is_label(&self.name) {
            let message = "a name has lower-case letters, digits, and hyphens between them";
            problems.push(refused(
                &self.name,
                message.to_owned(),
                "choose another name".to_owned(),
            ));
        }
        let same = |mac: &str| hardware.cards.iter().any(|(_, it)| it == mac);
        let known = fleet.devices.values().filter(|device| device.about.is_current());
        for device in known.filter(|device| device.macs.iter().any(|mac| same(&mac.name))) {
            let message = format!("this computer is the device `{}` already", device.about.name);
            let next = "name that in the file of a host; nothing has to be described".to_owned();
            problems.push(refused(&self.name, message, next));
        }
        let locations = fleet.locations.keys().map(String::as_str).collect();
        let units = fleet.organizations.keys().map(String::as_str).collect();
        let roles = || fleet.roles.keys().map(String::as_str).collect();
        let one = |word, name: &Option<String>, names, kind| (word, name.clone(), names, kind);
        let named = [
            one("--location", &self.location, locations, Kind::Location),
            one("--unit", &self.unit, units, Kind::Organization),
        ];
        let of_roles =
            self.roles.iter().map(|name| ("--role", Some(name.clone()), roles(), Kind::Role));
        for (word, name, names, kind) in named.into_iter().chain(of_roles) {
            let names: Vec<&str> = names;
            let Some(name) = name.filter(|name| !names.contains(&name.as_str())) else { continue };
            let message = format!("there is no such {}", kind.noun());
            let next = instead(&name, names, kind.noun());
            problems.push(refused(&format!("{word} {name}"), message, next));
        }
        problems
    }

    /// The file of the host.
    fn host(&self, kind: Machine, system: Option<Platform>) -> Result<String> {
        let mut file = begun()?;
        if kind == Machine::Metal {
            file["device"] = value(&self.name);
        } else {
            file["kind"] = value(kind.as_str());
            self.belongs(&mut file);
        }
        if let Some(system) = system.filter(|system| *system != Platform::X86_64Linux) {
            file["system"] = value(system.as_str());
        }
        if !self.roles.is_empty() {
            file["roles"] = value(self.roles.iter().collect::<Array>());
        }
        Ok(file.to_string())
    }

    /// The file of the device.
    fn device(&self, hardware: &Hardware) -> Result<String> {
        let mut file = begun()?;
        self.belongs(&mut file);
        for (key, text) in [("model", &hardware.model), ("serial", &hardware.serial)] {
            if !text.is_empty() {
                file[key] = value(text);
            }
        }
        if !hardware.cards.is_empty() {
            let macs = hardware.cards.iter().map(|(_, mac)| Value::from(mac));
            file["macs"] = value(macs.collect::<Array>());
        }
        Ok(file.to_string())
    }

    /// Where it is, and whose.
    fn belongs(&self, file: &mut DocumentMut) {
        for (key, name) in [("location", &self.location), ("unit", &self.unit)] {
            if let Some(name) = name {
                file[key] = value(name);
            }
        }
    }

    fn shown(&self, described: &Described) -> String {
        let mut shown = String::new();
        for (file, text) in &described.files {
            match self.dry_run {
                true => shown += &format!("# {file}\n{text}\n"),
                false => shown += &format!("{file}\n"),
            }
        }
        for (card, mac) in &described.cards {
            shown += &format!("network card {card}: {mac}\n");
        }
        shown
    }
}

/// Writes all files, or none.
fn write(request: &FleetRequest, texts: &Texts, of_nixos: &Texts) -> Result<()> {
    let mut undo = Undo::new(&request.root);
    undo.write(texts)?;
    let mut undo_nixos = Undo::new(&request.workspace);
    undo_nixos.write(of_nixos)?;
    undo_nixos.done()?;
    Ok(undo.done()?)
}

/// A file of something that is not there yet, with an id.
fn begun() -> Result<DocumentMut> {
    let mut file = DocumentMut::new();
    file["id"] = value(new_id(Timestamp::now())?);
    file["status"] = value("planned");
    Ok(file)
}

/// What NixOS's own tool finds out about the disks and drivers, as a module; none where it is not there.
fn nixos_hardware(context: &Context) -> Result<Option<String>> {
    let tool = Program::new("nixos-generate-config").arg("--show-hardware-config");
    match tool.read(&context.interrupt) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
