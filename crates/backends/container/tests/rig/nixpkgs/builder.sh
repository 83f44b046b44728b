# What builds in the rig. A package is links to the files of its Debian packages; of the rest, the command runs.
export PATH=/usr/lib/debian/bin LC_ALL=C
shopt -s nullglob
set -euo pipefail
rig=/usr/share/rig

runHook() { :; }

substituteInPlace() {
  local files=() file
  while [ $# -gt 0 ] && [[ $1 != --* ]]; do
    files+=("$1")
    shift
  done
  while [ $# -gt 0 ]; do
    local from to
    case $1 in
      --subst-var-by) from="@$2@" to=$3 && shift 3 ;;
      --subst-var) from="@$2@" to=${!2} && shift 2 ;;
      --replace | --replace-warn | --replace-quiet | --replace-fail)
        for file in "${files[@]}"; do
          [ "$1" != --replace-fail ] || grep -qF -- "$2" "$file" || {
            echo "substitute: $file has no $2" >&2
            return 1
          }
        done
        from=$2 to=$3 && shift 3
        ;;
      *)
        echo "substitute: $1 is not known" >&2
        return 1
        ;;
    esac
    for file in "${files[@]}"; do
      FROM=$from TO=$to perl -0pi -e 's/\Q$ENV{FROM}\E/$ENV{TO}/g' "$file"
    done
  done
}
substitute() {
  local from=$1 to=$2
  shift 2
  cat "$from" >"$to"
  substituteInPlace "$to" "$@"
}

# What makeWrapper has, as far as it is used here.
wrapProgram() {
  local program=$1 hidden=${1%/*}/.${1##*/}-wrapped flags=
  shift
  mv "$program" "$hidden"
  echo '#!/usr/lib/debian/bin/bash' >"$program"
  while [ $# -gt 0 ]; do
    case $1 in
      --set) printf 'export %s=%q\n' "$2" "$3" >>"$program" && shift 3 ;;
      --add-flags) flags+=" $2" && shift 2 ;;
      *)
        echo "wrapProgram: $1 is not known" >&2
        return 1
        ;;
    esac
  done
  echo "exec $hidden$flags \"\$@\"" >>"$program"
  chmod +x "$program"
}

# The programs of stage 1 stand alone: what is a link into Debian's tree is copied, with the libraries that it needs.
stage1() {
  cp() {
    local from given=("$@")
    if [[ $1 = -pdv && $(readlink "$2") != [!/]* ]]; then
      command cp -pLv "${given[@]:1}"
    else
      command cp "${given[@]/#-pv/-pLv}"
    fi
    [ "$1" != -pdv ] || [ ! -x "$2" ] || ldd "$2" 2>/dev/null | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' |
      while read -r from; do command cp -L --update=none "$from" "$out/lib/"; done
  }
  stripDirs() { :; }
}

tree() {
  mkdir -p "$out/usr" "$out/lib64"
  cp -a /usr/lib /usr/libexec /usr/share "$out/usr/"
  ln -s ../usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$out/lib64/"
  # Where Debian's kmod looks: what the system that runs was booted with.
  ln -s /run/booted-system/kernel-modules/lib/modules "$out/usr/lib/modules"
}

kernel() {
  mkdir -p "$out/lib/modules"
  cp "/driver/boot/vmlinuz-$version" "$out/bzImage"
  cp -r "/driver/usr/lib/modules/$version" "$out/lib/modules/"
  rm -f "$out/lib/modules/$version/"{build,source}
  depmod -b "$out" "$version"
}

# The names of the package's files below a folder.
own() {
  local lists=() deb
  for deb in $debs; do lists+=("$rig/lists/$deb"); done
  [ ${#lists[@]} = 0 ] || sed -n "s#^$1/##p" "${lists[@]}" | sort -u
}

package() {
  local name kind from=$debian$rig
  mkdir -p "$out/bin"
  for name in $(own usr/bin) $(own usr/sbin); do
    [ ! -e "/usr/lib/debian/bin/$name" ] || ln -sf "$debian/usr/lib/debian/bin/$name" "$out/bin/$name"
  done
  # systemd's own stay as they are; others call their own programs, and that of the system's systemd.
  for name in $(own usr/lib/udev/rules.d); do
    mkdir -p "$out/lib/udev/rules.d"
    sed -E -e 's#/usr/s?bin/systemd-run#/run/current-system/systemd/bin/systemd-run#g' -e "s#/usr/s?bin/#$out/bin/#g" \
      "$rig/udev/rules.d/$name" >"$out/lib/udev/rules.d/$name"
  done
  [ "$pname" = systemd ] || for name in $(own usr/lib/tmpfiles.d); do
    mkdir -p "$out/lib/tmpfiles.d"
    ln -s "$from/tmpfiles.d/$name" "$out/lib/tmpfiles.d/"
  done
  for kind in system.d session.d system-services services; do
    for name in $(own "usr/share/dbus-1/$kind"); do
      mkdir -p "$out/share/dbus-1/$kind"
      ln -s "$from/dbus-1/$kind/$name" "$out/share/dbus-1/$kind/"
    done
  done
  [ "$pname" = systemd ] || for kind in system user; do
    for name in $(own "usr/lib/systemd/$kind"); do
      mkdir -p "$out/lib/systemd/$kind/$(dirname "$name")"
      ln -s "$from/systemd/$kind/$name" "$out/lib/systemd/$kind/$name"
    done
  done
  case $pname in
    systemd)
      mkdir -p "$out/example" "$out/lib/udev"
      ln -s "$debian/usr/lib/systemd" "$out/lib/systemd"
      ln -s "$from/systemd" "$from/tmpfiles.d" "$from/sysusers.d" "$out/example/"
      cp -r "$rig/sysctl.d" "$out/example/sysctl.d"
      sed -i "s#/usr/lib/systemd#$out/lib/systemd#" "$out"/example/sysctl.d/*
      rm -rf "$out/lib/udev/rules.d"
      ln -s "$from/udev/rules.d" "$debian/usr/lib/udev/hwdb.d" "$debian"/usr/lib/udev/*_id "$out/lib/udev/"
      ln -s "$debian/usr/lib/x86_64-linux-gnu/security" "$out/lib/security"
      ;;
    linux-pam | pam)
      mkdir -p "$out/lib"
      ln -s "$debian/usr/lib/x86_64-linux-gnu/security" "$out/lib/security"
      ;;
    bash*)
      # The shell of everything: /bin/sh and /usr/bin/env lead here, and must not lead back.
      cp --remove-destination -L /usr/lib/debian/bin/bash "$out/bin/bash"
      cp --remove-destination -L /usr/lib/debian/bin/bash "$out/bin/sh"
      ;;
    coreutils*) cp --remove-destination -L /usr/lib/debian/bin/env "$out/bin/env" ;;
    busybox)
      for name in $("$out/bin/busybox" --list); do [ "$name" = busybox ] || ln -sf busybox "$out/bin/$name"; done
      # What Debian's was not made with.
      for name in fsck mountpoint pgrep; do ln -sf "$debian/usr/lib/debian/bin/$name" "$out/bin/$name"; done
      ;;
    glibc)
      mkdir -p "$out/lib"
      ln -s "$debian/lib64/ld-linux-x86-64.so.2" "$out/lib/"
      ;;
    kmod)
      mkdir -p "$out/lib"
      ln -s "$debian"/usr/lib/x86_64-linux-gnu/libkmod.so* "$out/lib/"
      ;;
    dbus)
      mkdir -p "$out/libexec"
      ln -s "$debian/usr/lib/dbus-1.0/dbus-daemon-launch-helper" "$out/libexec/"
      ;;
    iana-etc)
      mkdir -p "$out/etc"
      ln -s "$from/etc/services" "$from/etc/protocols" "$out/etc/"
      ;;
    cacert)
      mkdir -p "$out/etc/ssl/certs"
      cat /usr/share/ca-certificates/mozilla/*.crt >"$out/etc/ssl/certs/ca-bundle.crt"
      ;;
    iptables)
      for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
        ln -sf "$debian/usr/lib/debian/bin/$name" "$out/bin/$name"
      done
      ;;
    netcat*) ln -sf "$debian/usr/lib/debian/bin/nc" "$out/bin/nc" ;;
    dns-root-data) ln -s "$debian"/usr/share/dns/* "$out/" ;;
    postgresql*) ln -s "$debian"/usr/lib/postgresql/*/bin/* "$out/bin/" ;;
    # Programs to which Debian gives other names.
    prometheus-alertmanager) ln -s "$pname" "$out/bin/alertmanager" ;;
    prometheus-node-exporter) ln -s "$pname" "$out/bin/node_exporter" ;;
    nginx*)
      mkdir -p "$out/conf"
      ln -s "$from"/etc/nginx/* "$out/conf/"
      ;;
  esac
  ln -s bin "$out/sbin"
  mkdir -p "$out/lib" "$out/share"
}

cd "$TMPDIR"
case $kind in
  command)
    set +u
    [ "$name" != extra-utils ] || stage1
    eval "$(<"$buildCommandPath")"
    [ -e "$out" ] || {
      echo "the command has not made $out" >&2
      exit 1
    }
    ;;
  *) "$kind" ;;
esac
