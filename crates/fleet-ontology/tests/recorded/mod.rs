//! A log in which a fleet was recorded, and one host changed afterwards.

use camino::Utf8Path;
use domi_fleet::{Change, Fleet, Kind, State, Status, What};
use domi_fleet_log::{Log, Writer};
use jiff::Timestamp;

pub(crate) struct Recorded(Log);

impl Recorded {
    pub(crate) fn of(fleet: &Fleet) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let mut writer = Writer::open(root).unwrap().unwrap();
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let state = State::of(fleet);
        let first: Vec<Change> = State::default()
            .changes(&state)
            .into_iter()
            .filter(|change| matches!(change.thing.kind, Kind::Host | Kind::Organization))
            .collect();
        writer.append(first, time("2026-11-26T08:00:00Z")).unwrap().unwrap();
        let mut thing = state
            .things()
            .find(|it| it.kind == Kind::Host && it.name == "counter")
            .unwrap()
            .clone();
        thing.status = Status::Maintenance;
        let change = Change { what: What::Changed, thing };
        writer.append(vec![change], time("2026-11-27T08:00:00Z")).unwrap().unwrap();
        Self(writer.log().clone())
    }

    pub(crate) fn log(&self) -> &Log {
        &self.0
    }
}
