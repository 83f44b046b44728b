//! The scripts of runners, for bash with `-eo pipefail`. A script contains no GitHub expressions:
//! its inputs are variables, which bash never reads as code.

use crate::lane::{Backend, Lane};

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

/// Tries the policies of a fleet about hosts of the lane's system.
pub(super) fn fleet(lane: Lane) -> String {
    let mut script = String::new();
    let mut words = vec!["cargo xtask fleet test --system", lane.system.as_str()];
    if lane.backend == Backend::Containers {
        script += "# A container needs a cgroup that was given to us. What cannot have one has a machine.\n";
        words.insert(0, "systemd-run --user --scope --quiet --property=Delegate=yes --");
    } else {
        words.extend(["--backend", lane.backend.as_str()]);
    }
    if !lane.require().is_empty() {
        words.extend(["--require", lane.require()]);
    }
    script + &words.join(" ") + " --retries 1 \\\n  --junit target/domi/runs/junit.xml\n"
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

/// Updates the lock, and says whether it is another one then. `update` gets the lock and what to say of
/// it.
pub(super) const UPDATE: &str = r#"nix flake update
if git diff --quiet -- flake.lock; then
  echo "flake.lock is as new as it can be"
  echo changed=false >> "$GITHUB_OUTPUT"
  exit
fi
mkdir update
cp flake.lock update
{
  echo "The inputs of the flake, as they are today. Everything is tested on this branch; a person merges"
  echo "it, or closes it and says why."
  echo
  echo "| input | from | to |"
  echo "| --- | --- | --- |"
  jq --raw-output --slurpfile old <(git show HEAD:flake.lock) '
    def of(lock): lock | if . then "\(.lastModified // 0 | todate | .[:10]) \((.rev // .narHash // "")[:11])" else "" end;
    .nodes | to_entries[] | .key as $name | $old[0].nodes[$name].locked as $before
    | select(.value.locked != $before) | "| `\($name)` | \(of($before)) | \(of(.value.locked)) |"
  ' flake.lock
} | tee update/body.md >> "$GITHUB_STEP_SUMMARY"
echo changed=true >> "$GITHUB_OUTPUT"
"#;

/// Puts the new lock on its branch, starts the tests there, and opens a pull request if there is none.
/// A branch to which somebody has committed stays as it is.
pub(super) const PROPOSE: &str = r#"name="github-actions[bot]"
email="41898282+github-actions[bot]@users.noreply.github.com"
gh auth setup-git
seen=
if git fetch --quiet origin "refs/heads/$BRANCH" 2> /dev/null; then
  seen=$(git rev-parse FETCH_HEAD)
  others=$(git log --format='%ae%n%ce' "HEAD..$seen" | grep --invert-match --line-regexp --fixed-strings "$email" || true)
  if [[ -n $others ]]; then
    echo "::warning title=Not updated::Somebody has committed to $BRANCH, so it stays as it is. Merge or close its pull request, and delete the branch."
    exit
  fi
fi
git switch --quiet --create "$BRANCH"
cp update/flake.lock flake.lock
git -c "user.name=$name" -c "user.email=$email" commit --quiet --message "flake.lock: update all inputs" -- flake.lock
git push --quiet --force-with-lease="refs/heads/$BRANCH:$seen" origin "HEAD:refs/heads/$BRANCH"
# Pushes and pull requests of a workflow start no other; this does, and its checks count for the commit.
gh workflow run ci.yml --ref "$BRANCH"
open=$(gh pr list --state open --base "$BASE" --head "$BRANCH" --json number --jq ".[].number")
if [[ -n $open ]]; then
  gh pr edit "$open" --body-file update/body.md
else
  gh pr create --base "$BASE" --head "$BRANCH" --title "Update flake.lock" --body-file update/body.md
fi
"#;
