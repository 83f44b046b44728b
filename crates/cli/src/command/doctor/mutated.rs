//! Mutated files are read or refused, without a panic.

use domi_mutate::read_texts;

use super::super::nix_code;
use super::check::{Check, KVM};
use super::history::{History, Row};
use super::{lock, pins};

#[test]
fn nix_code_never_panics() {
    let all = "{ a ? <nixpkgs> }: # b\n/* c */ { d' = \"e\\\"${f { g = 1; }}$${\"; h = ''i ''${j} ''' ${k}''; }";
    read_texts(&[all], |text| {
        assert_eq!(nix_code::code(text).matches('\n').count(), text.matches('\n').count());
    });
}

#[test]
fn a_lock_never_panics() {
    let all = r#"{"nodes":{"nixpkgs":{"locked":{"lastModified":1700000000,"narHash":"sha256-x",
        "repo":"nixpkgs","type":"github"},"original":{"type":"indirect"}},
        "root":{"inputs":{"nixpkgs":"nixpkgs","b":["nixpkgs"]}}},"root":"root","version":7}"#;
    let longest = all.replace("1700000000", "-9223372036854775808");
    read_texts(&[all, &longest], |text| {
        drop(lock::of_texts(Some("inputs"), Some(text), 1_700_000_000));
    });
}

#[test]
fn files_of_ci_never_panic() {
    let all = "steps:\n  - { \"uses\": 'a/b@v1' } # uses: c\n  - uses: docker://d@sha256:0\n  \
        - run: rustup toolchain install 1.90.0 && cargo install e@1.0\n[toolchain]\nchannel = \"1\"\n";
    read_texts(&[all, "[toolchain]\nchannel = \"1.90.0\"\n"], |text| {
        let texts = [("a.yml".into(), text.to_owned())];
        drop(pins::of_texts(&texts, Some(text), &|_| Some("1.90.0".to_owned())));
    });
}

#[test]
fn a_history_never_panics() {
    let row =
        Row::new(jiff::Timestamp::UNIX_EPOCH, "commit".to_owned(), &[Check::red(KVM, "", "")]);
    let row = serde_json::to_string(&row).expect("a row");
    read_texts(&[&format!("{row}\n{row}\n")], |text| drop(History::parse(text)));
}
