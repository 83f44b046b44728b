//! What `nixos-container` needs of the rig: a generated test with containers for machines, which Nix runs in its
//! sandbox. The file of the flake module that makes such tests is taken as it is.

use crate::driver::{MODULE, TEST, built};
use crate::rig::with_containers;

#[test]
fn a_generated_test_passes_with_a_container_and_fails_with_a_wrong_module() {
    let Some(rig) = with_containers() else { return };
    let as_it_is = built(rig, "containers", (TEST, ["", ""]));
    assert!(as_it_is.is_ok(), "{as_it_is:?}");
    let default = (MODULE, ["default = \"hello\";", "default = \"hallo\";"]);
    let said = built(rig, "containers", default).expect_err("it greets otherwise");
    assert!(said.contains("hallo"), "{said}");
}
