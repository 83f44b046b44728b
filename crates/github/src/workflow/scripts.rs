//! The scripts of runners, for bash with `-eo pipefail`. A script contains no GitHub expressions:
//! its inputs are variables, which bash never reads as code.

/// Installs the toolchain.
pub(super) const RUST: &str = "\
rustup toolchain install stable --profile minimal --component clippy,rustfmt --no-self-update
rustup default stable
";

/// Finds out which shards there are. Without a base, everything is tested.
pub(super) const PLAN: &str = r#"mkdir -p target/domi
test -s target/domi/durations.json || echo '{}' > target/domi/durations.json
arguments=(--durations target/domi/durations.json)
if [[ -n $BASE ]]; then
  arguments+=("--affected=$BASE")
fi
cargo xtask matrix --github "${arguments[@]}"
date --utc +week=%G-%V >> "$GITHUB_OUTPUT"
"#;

/// Says for each feature why it is tested, or why not.
pub(super) const EXPLAIN: &str = r#"cargo xtask matrix --plan "--affected=$BASE" --explain
"#;

/// Lets everyone on the runner use KVM. A runner belongs to one job only.
pub(super) const OPEN_KVM: &str = r#"echo 'KERNEL=="kvm", MODE="0666"' | sudo tee /etc/udev/rules.d/99-kvm.rules
sudo udevadm control --reload-rules
sudo udevadm trigger --name-match=kvm
sudo udevadm settle
"#;

/// Fails if KVM cannot be used. Only opening it proves that; its permissions do not. The file must
/// not be created by opening it.
pub(super) const WANT_KVM: &str = r#"if ! [[ -c /dev/kvm ]] || ! { : <> /dev/kvm; } 2>/dev/null; then
  echo "::error title=No KVM::/dev/kvm cannot be opened on this runner. Its machines would be emulated, and many times slower, so nothing is run. Give the lane a runner with KVM."
  ls -l /dev/kvm || true
  exit 1
fi
"#;

/// Makes saved machines sparse again, since a cache does not keep holes.
pub(super) const DIG: &str = r#"if [[ -d ~/.cache/domi/guest/images ]]; then
  find ~/.cache/domi/guest/images -type f -size +1M -exec fallocate --dig-holes {} \;
fi
"#;

/// Lets programs that no profile of AppArmor names have user namespaces, and changes nothing else.
pub(super) const OPEN_NAMESPACES: &str = "\
# Ubuntu refuses user namespaces to programs without a profile of AppArmor, and a container is made of
# them. This runner has no KVM: without containers, every machine would be emulated.
sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
";

/// Fails if there are no containers here, with what is missing. Only a cgroup that was given to us can
/// be divided.
pub(super) const WANT_CONTAINERS: &str = r#"systemd-run --user --scope --quiet --property=Delegate=yes -- \
  cargo xtask matrix --system "$SYSTEM" --backend portable-container --plan > /dev/null
"#;

/// Runs one shard; `containers` where some lanes have containers.
pub(super) fn test(containers: bool) -> String {
    let mut script = r#"arguments=(--system "$SYSTEM" --shard "$SHARD")
for name in $REQUIRE; do
  arguments+=(--require "$name")
done
if [[ -n $BASE ]]; then
  arguments+=("--affected=$BASE")
fi
"#
    .to_owned();
    let run = if containers {
        script += r#"# Without a backend, each job has a container where it can, else a machine.
if [[ -n $BACKEND ]]; then
  arguments+=(--backend "$BACKEND")
fi
run=()
if [[ $CONTAINERS == true ]]; then
  # A container needs a cgroup that was given to us.
  run=(systemd-run --user --scope --quiet --property=Delegate=yes --)
fi
"#;
        r#""${run[@]}" "#
    } else {
        script = script.replacen("--shard", r#"--backend "$BACKEND" --shard"#, 1);
        ""
    };
    script += &format!(
        r#"{run}cargo xtask matrix "${{arguments[@]}}" --retries 1 \
  --durations target/domi/durations.json --junit target/domi/runs/junit.xml
"#
    );
    script
}

/// Removes saved machines that this run did not use.
pub(super) const PRUNE: &str = "cargo xtask guest prune --unused-for 12h\n";

/// Merges the runs of all shards, and fails if a job is missing or bad.
pub(super) const MERGE: &str = "\
cargo xtask report merge runs --expect \"$JOBS\" --html report/index.html --junit report/junit.xml
";

/// Adds the new durations to the earlier ones.
pub(super) const LEARN: &str = r#"mapfile -d '' -t seen < <(find runs -name durations.json -print0 | sort -z)
jq --slurp add target/domi/durations.json "${seen[@]}" > durations.new
mv durations.new target/domi/durations.json
"#;

/// Has Nix evaluate all that the flake has, on all systems.
pub(super) const EVALUATE: &str =
    "nix flake check --no-build --all-systems --no-update-lock-file\n";

/// Builds what the binary cache should have.
pub(super) const BUILD: &str =
    "cargo xtask matrix --system x86_64-linux --backend nixos-vm --require kvm\n";

/// Installs the client of Cachix, which takes its token from the environment.
pub(super) const CACHIX: &str = "nix profile install --inputs-from . nixpkgs#cachix\n";

/// Installs the client of Attic, and logs in to the server.
pub(super) const ATTIC: &str = r#"nix profile install --inputs-from . nixpkgs#attic-client
attic login "$ATTIC_SERVER" "$ATTIC_URL" "$ATTIC_TOKEN"
"#;

/// Copies what was built to the binary cache.
pub(super) const PUSH: &str = "cargo xtask cache push --all\n";

/// Succeeds if every job that had to run succeeded. Each line of `RESULTS` is a job, how it ended,
/// and whether it had to run.
pub(super) const REQUIRED: &str = r#"bad=0
while read -r job result wanted; do
  if [[ $result == success || ( $result == skipped && $wanted == false ) ]]; then
    echo "$job: $result"
  else
    echo "::error::$job: ${result:-not known}"
    bad=1
  fi
done <<< "$RESULTS"
exit "$bad"
"#;
