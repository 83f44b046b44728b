#!/bin/bash
# make.sh FOLDER NIX NIXPKGS DEB...: makes the rig. NIXPKGS is a folder with the real lib and nixos, NIX a real Nix of 2.18
# or newer. After it, FOLDER/nix is a Nix that builds, into a store of its own, and FOLDER/nixpkgs its nixpkgs.
# The folder may be moved afterwards, but for the store in it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1 nix=$2 nixpkgs=$3
shift 3
mkdir -p "$folder/nixpkgs"
bash "$here/tree.sh" "$folder/tree" "$@"
cp -r "$here"/nixpkgs/. "$nixpkgs/lib" "$nixpkgs/nixos" "$folder/nixpkgs/"
chmod -R u+w "$folder/nixpkgs"
cp -r "$folder/tree/lists" "$folder/nixpkgs/lists"
mv "$folder/tree/lists" "$folder/tree/usr/share/rig/lists"
printf '%s\n' "${@##*/}" | cat - "$here/tree.sh" | sha256sum | cut -c1-64 | tr -d '\n' >"$folder/nixpkgs/tree.digest"
modules=$folder/nixpkgs/nixos/modules
mv "$modules/module-list.nix" "$modules/module-list.real.nix"
echo 'import ./module-list.real.nix ++ [ ../../rig.nix ]' >"$modules/module-list.nix"
cat >"$folder/nix" <<EOF
#!/bin/bash
rig=\$(dirname "\$(realpath "\$0")")
tree=\$rig/tree
exec "$nix" --option store "local?root=\$rig/store" --option sandbox true --option substitute false \\
  --option build-users-group "" --option build-hook "" \\
  --option sandbox-paths "/bin=\$tree/usr/lib/debian/bin /usr=\$tree/usr /lib=\$tree/usr/lib /lib64=\$tree/lib64" "\$@"
EOF
chmod +x "$folder/nix"
