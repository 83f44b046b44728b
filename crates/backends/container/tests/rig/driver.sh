#!/bin/bash
# driver.sh FOLDER DEB...: unpacks the Debian packages that run and drive machines, and their kernel: what is outside of
# any NixOS. They are not in the tree of the rig's programs, so that no system has them.
set -euo pipefail
folder=$1
shift
mkdir -p "$folder"
for deb; do
  dpkg-deb --fsys-tarfile "$deb" | tar -C "$folder" -x --keep-directory-symlink \
    --exclude=./usr/share/{doc,man,locale,lintian}'/*' --exclude='./boot/System.map*'
done
rm -rf "$folder/etc"
