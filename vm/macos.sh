# Builds the machine $MACHINE, a flake's attribute, and runs it. What it is made of runs on Linux,
# so that macOS needs a builder for it.
if ! built=$(nix --extra-experimental-features 'nix-command flakes' build --no-link --print-out-paths "$MACHINE"); then
  system=$(uname -m | sed 's/^arm64$/aarch64/')-linux
  if ! nix --extra-experimental-features 'nix-command flakes' config show | grep -q "^extra-platforms.*$system" &&
    ! grep -qs "$system" /etc/nix/machines; then
    cat >&2 <<MESSAGE

The machine is made of $system programs, and this Mac has no builder for them. One is a
virtual machine of its own:
  with nix-darwin, set nix.linux-builder.enable = true and switch;
  without it, run: nix run nixpkgs#darwin.linux-builder
then name it in /etc/nix/machines; see
https://nixos.org/manual/nixpkgs/stable/#sec-darwin-builder
MESSAGE
  fi
  exit 1
fi
exec "$built"/bin/run-*-vm "$@"
