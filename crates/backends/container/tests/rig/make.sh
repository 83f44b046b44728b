#!/bin/bash
# make.sh FOLDER NIX NIXPKGS DEB... -- DEB...: makes the rig. NIXPKGS is a folder with the real lib and nixos, NIX a real
# Nix of 2.18 or newer. After it, FOLDER/nix is a Nix that builds, into a store of its own, and FOLDER/nixpkgs its nixpkgs.
# The folder may be moved afterwards, but for the store in it. The second packages are those of driver.sh.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1 nix=$2 nixpkgs=$3
shift 3
own=()
while [ "$1" != -- ]; do
  own+=("$1")
  shift
done
shift
digest() {
  printf '%s\n' "${@:2}" | sed 's#.*/##' | cat - "$1" | sha256sum | cut -c1-64 | tr -d '\n'
}
mkdir -p "$folder/nixpkgs"
bash "$here/tree.sh" "$folder/tree" "${own[@]}"
bash "$here/driver.sh" "$folder/driver" "$@"
cp -r "$here"/nixpkgs/. "$nixpkgs/lib" "$nixpkgs/nixos" "$folder/nixpkgs/"
chmod -R u+w "$folder/nixpkgs"
cp -r "$folder/tree/lists" "$folder/nixpkgs/lists"
mv "$folder/tree/lists" "$folder/tree/usr/share/rig/lists"
digest "$here/tree.sh" "${own[@]}" >"$folder/nixpkgs/tree.digest"
digest "$here/driver.sh" "$@" >"$folder/nixpkgs/driver.digest"
ls "$folder/driver/usr/lib/modules" | tr -d '\n' >"$folder/nixpkgs/kernel.version"
modules=$folder/nixpkgs/nixos/modules
mv "$modules/module-list.nix" "$modules/module-list.real.nix"
echo 'import ./module-list.real.nix ++ [ ../../rig.nix ]' >"$modules/module-list.nix"
# A Nix that builds, with these options besides. It runs where the folder is.
write_nix() {
  cat >"$folder/nix" <<EOF
#!/bin/bash
rig=\$(dirname "\$(realpath "\$0")")
tree=\$rig/tree
exec "$nix" --option store "local?root=\$rig/store" --option sandbox true --option substitute false \\
  --option build-users-group "" --option build-hook "" $1 \\
  --option sandbox-paths "/bin=\$tree/usr/lib/debian/bin /usr=\$tree/usr /lib=\$tree/usr/lib /lib64=\$tree/lib64 /driver=\$rig/driver" "\$@"
EOF
  chmod +x "$folder/nix"
}
# Where a build can have users and control groups of its own, tests can have containers for machines.
write_nix "--option extra-experimental-features 'auto-allocate-uids cgroups' --option auto-allocate-uids true \
--option use-cgroups true --option extra-system-features uid-range"
"$folder/nix" build --extra-experimental-features nix-command --no-link --impure --expr 'derivation {
  name = "uid-range";
  system = builtins.currentSystem;
  builder = "/bin/bash";
  requiredSystemFeatures = [ "uid-range" ];
  args = [ "-c" "/usr/lib/debian/bin/mount -t cgroup2 none /sys/fs/cgroup && : > $out" ];
}' 2>"$folder/uid-range.log" || write_nix ""
