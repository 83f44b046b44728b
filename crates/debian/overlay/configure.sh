# Configures every unpacked package of the new root, from within it. Its output is the build log.
set -e
export PATH=/usr/sbin:/usr/bin HOME=/root LC_ALL=C SYSTEMD_OFFLINE=1
export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true DPKG_MAINTSCRIPT_NAME=
mark() {
    read -r up _ </proc/uptime
    echo "domi-build: $1 [$up]"
}

# Nothing may start while packages are configured.
mkdir -p /usr/sbin
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d

# Packages assume that users exist and that libraries are found before they are configured.
mark users
/var/lib/dpkg/info/base-passwd.preinst install
ldconfig

configure() {
    dpkg --force-unsafe-io --force-confnew "$@"
}
mark base
configure --force-depends --configure base-passwd base-files
mark packages
configure --configure --pending

mark modules
for release in /usr/lib/modules/*; do
    depmod "${release##*/}"
done

mark check
audit=$(dpkg --audit)
if [ -n "$audit" ]; then
    echo "$audit"
    exit 3
fi
rm -f /usr/sbin/policy-rc.d
