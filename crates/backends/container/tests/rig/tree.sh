#!/bin/bash
# tree.sh TREE DEB...: unpacks Debian packages as the programs of the rig. No maintainer script runs.
#
# All programs are in usr/lib/debian/bin, where no PATH of a unit leads. What systemd of NixOS is given by
# packages (units, rules, settings, D-Bus files) is in usr/share/rig, and not where Debian's systemd reads it.
# lists/PACKAGE names the files of each package.
set -euo pipefail
tree=$1
shift
mkdir -p "$tree/lists" "$tree/usr/lib/debian/bin"
for name in bin sbin lib; do
  mkdir -p "$tree/usr/$name"
  ln -s "usr/$name" "$tree/$name"
done
for deb; do
  name=${deb##*/}
  dpkg-deb --fsys-tarfile "$deb" | tee >(
    tar -t | sed -n 's#^\./##; s#^\(s\?bin\|lib\|lib64\)/#usr/&#; /[^/]$/p' >"$tree/lists/${name%%_*}"
  ) | tar -C "$tree" -x --keep-directory-symlink \
    --exclude=./usr/share/{doc,man,info,locale,lintian,bash-completion}'/*' --exclude='./boot/*'
done
usr=$tree/usr own=$tree/usr/share/rig
mkdir -p "$own/systemd" "$own/udev" "$own/dbus-1"
for kind in system user; do
  mv "$usr/lib/systemd/$kind" "$own/systemd/$kind"
  mkdir "$usr/lib/systemd/$kind"
done
for kind in tmpfiles.d sysusers.d sysctl.d; do
  mv "$usr/lib/$kind" "$own/$kind"
  mkdir "$usr/lib/$kind"
done
cp -r "$usr/lib/udev/rules.d" "$own/udev/rules.d"
for kind in system.d session.d system-services services; do
  mkdir -p "$usr/share/dbus-1/$kind"
  mv "$usr/share/dbus-1/$kind" "$own/dbus-1/$kind"
  mkdir "$usr/share/dbus-1/$kind"
done
mv "$tree/etc" "$own/etc"

# Programs, with what maintainer scripts would have made.
mv "$usr"/bin/* "$usr/lib/debian/bin/"
for program in "$usr"/sbin/*; do
  [ -e "$usr/lib/debian/bin/${program##*/}" ] || mv "$program" "$usr/lib/debian/bin/"
done
rm -r "$usr/bin" "$usr/sbin"
ln -s lib/debian/bin "$usr/bin"
ln -s lib/debian/bin "$usr/sbin"
bin=$usr/lib/debian/bin
ln -sf dash "$bin/sh"
ln -sf ../debian/bin/udevadm "$usr/lib/systemd/systemd-udevd"
ln -sf mawk "$bin/awk"
ln -sf nc.openbsd "$bin/nc"
ln -sf less "$bin/pager"
for each in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
  ln -sf xtables-nft-multi "$bin/$each"
done
# What names a program by the place that it has on Debian finds it at the one that it has here.
grep -lIrE '^#! ?(/usr)?/bin/(bash|perl|python3)' "$bin" | while read -r script; do
  [ -L "$script" ] || sed -i -E '1s#^\#! ?(/usr)?/bin/(bash|perl|python3)#\#!/usr/lib/debian/bin/\2#' "$script"
done
find "$own/systemd" "$own/dbus-1" -type f -exec sed -i -E \
  -e 's#^(Exec[A-Za-z]*=[-@:+!|]*)(/usr)?/s?bin/#\1/usr/lib/debian/bin/#' \
  -e 's#^(Exec[A-Za-z]*=[-@:+!|]*)([a-z])#\1/usr/lib/debian/bin/\2#' {} +

find "$usr" -perm /6000 -exec chmod ug-s {} +
# Builds are those of any user.
chmod -R a+rX "$tree"
rm -rf "$tree"/{etc,var,run,home,root,tmp,media,mnt,opt,srv,boot,dev,proc,sys,lib64}
mkdir -p "$tree/lib64"
ln -s /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$tree/lib64/"
# Debian leaves this one out.
printf '%s\n' '[Unit]' 'Description=Virtual Console Setup (does nothing)' 'DefaultDependencies=no' \
  '[Service]' Type=oneshot RemainAfterExit=yes ExecStart=/usr/lib/debian/bin/true \
  >"$own/systemd/system/systemd-vconsole-setup.service"
