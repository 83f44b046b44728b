//! A feature's manifest as Nix text and as reference documentation.
//!
//! The only crate that prints Nix. It is pure: it opens no file, runs no program, and knows
//! nothing of cargo, Debian or QEMU. Strings of a manifest are data wherever they stand; text is
//! made by printing a syntax tree, never by pasting.
//!
//! [`generate`] plans every generated file; writing and comparing is for others.

mod aggregate;
mod arriving;
mod ast;
mod cable;
mod calculate;
mod commonmark;
mod containers;
mod data;
mod describe;
mod docs;
mod expr;
mod files;
mod flake;
mod former;
mod generate;
mod guard;
mod header;
mod host;
mod hosts;
mod index;
mod infer;
mod library;
mod lists;
mod markdown;
mod module;
mod names;
mod neighbours;
mod operations;
mod options;
mod options_json;
mod package_option;
mod print;
mod program;
mod program_file;
mod python;
mod query;
mod reference;
mod scope;
mod script;
mod shared;
mod shell;
mod shown;
mod specialisation;
mod submodule;
mod system;
mod taken;
mod tests;
mod text;
mod tmpfiles;
mod together;
mod tree;
mod types_reference;
mod value;
mod work;

pub use aggregate::aggregate;
pub use containers::no_containers;
pub use docs::{DocOption, Text, options as doc_options};
pub use flake::{flake_input, with_flake_input, without_flake_inputs};
pub use generate::{
    BAD_FILE_NAME, BAD_REQUIREMENT, CODES, GeneratedFile, SAME_CHECK, SAME_FILE, SAME_TEST,
    generate, generate_one, shared,
};
pub use header::COMMAND;
pub use host::{Host, HostSecret, HostUser};
pub use hosts::hosts;
pub use index::{INDEX, index, is_in_index};
pub use library::{LIBRARY, library};
pub use module::module;
pub use options_json::options_json;
pub use program_file::{ProgramCrate, program};
pub use query::derivations_of;
pub use reference::reference;
pub use script::{script as test_script, switch_command};
pub use tests::tests;
pub use together::{TOGETHER, together};
pub use types_reference::types_reference;
pub use work::{FleetHome, FleetShell, HOMES, SHELLS, homes, shells};
