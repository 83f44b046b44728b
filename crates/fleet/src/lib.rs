//! A fleet: an organisation, its people, places and machines, described once as data.
//!
//! [`Piece::read`] reads the text of one file, [`Fleet::of`] puts the pieces together, and
//! [`Fleet::check`] finds all that is wrong with them. [`Settings::prepare`] reads what the files
//! say about features, by the features' own types. [`Settings::of`] then merges it for one host:
//! the steps of that merge are its explanation, and nothing else computes a value.
//!
//! This crate opens no file, and knows nothing of git, Nix and machines. `domi-fleet-files` reads
//! the files.

mod about;
mod access;
mod account;
mod addresses;
mod admitted;
mod application;
mod beside;
mod check;
mod codes;
mod compare;
mod cycles;
mod device;
mod equipment;
mod features;
mod fields;
mod fleet;
mod given;
mod group;
mod host;
mod identity;
mod kind;
mod leaves;
mod levels;
mod links;
mod location;
mod members;
mod merge;
mod names;
mod needs;
mod network;
mod organization;
mod people;
mod piece;
mod policy;
mod reach;
mod reached;
mod reference;
mod repository;
mod right;
mod role;
mod schema;
mod secret;
mod select;
mod settings;
mod spelling;
mod state;
mod status;
mod step;
mod term;
mod text;
mod time;
mod together;
mod trial;
mod user;
mod wave;
mod waves;

pub use about::About;
pub use access::{Access, Login};
pub use account::Account;
pub use admitted::{Admitted, Rule, range_shown};
pub use application::Application;
pub use codes::{CODES, FAILED_TEST, STRANGE_FILE};
pub use compare::compare;
pub use device::Device;
pub use domi_realise::Firewall;
pub use equipment::Equipment;
pub use features::Features;
pub use fields::Field;
pub use fleet::Fleet;
pub use given::{Given, Mode};
pub use group::{Group, Purpose};
pub use host::{Address, Host, Machine};
pub use identity::Id;
pub use kind::{Folder, KINDS, Kind, LOG, folder_of, is_left_alone};
pub use levels::{Layer, Level, Rank, Standing};
pub use links::Link;
pub use location::Location;
pub use merge::Merged;
pub use names::{Zone, domain_of, names, networks_of, zones};
pub use needs::Needs;
pub use network::Network;
pub use organization::Organization;
pub use people::{Person, Principal};
pub use piece::{MOST_BYTES, Piece};
pub use policy::Policy;
pub use reach::Reach;
pub use reached::{By, LetIn, Reached, failed_reaches, reached};
pub use reference::Ref;
pub use repository::Repository;
pub use right::Right;
pub use role::Role;
pub use schema::schema;
pub use secret::{Secret, SecretFile};
pub use select::Selector;
pub use settings::{Chosen, FEATURES, Settings};
pub use spelling::instead;
pub use state::{Change, Noted, State, What};
pub use status::Status;
pub use step::{Action, Step, is_within, replay, value_at};
pub use term::Term;
pub use time::Date;
pub use together::Together;
pub use trial::Trial;
pub use user::User;
pub use wave::{Health, Wave};
pub use waves::{Waves, active};
