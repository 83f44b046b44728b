# Configures every unpacked package of the new root, from within it. Its output is the build log.
set -e
export PATH=/usr/sbin:/usr/bin HOME=/root LC_ALL=C
mark() {
    read -r up _ </proc/uptime
    echo "domi-build: $1 [$up]"
}
ln -sfn /proc/self/fd /dev/fd

# Packages assume that users exist and that libraries are found before they are configured.
mark users
/var/lib/dpkg/info/base-passwd.preinst install
ldconfig

mark base
/usr/local/lib/domi/dpkg --force-depends --configure base-passwd base-files
mark packages
/usr/local/lib/domi/dpkg --configure --pending

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
# A NixOS has no such folders, so no test finds them here. What packages bring there stays.
for folder in /boot /media /mnt /opt /var/local /var/opt; do
    [ ! -d "$folder" ] || rmdir --ignore-fail-on-non-empty "$folder"
done
# All of /usr is taken account of: the first boot has no users to make, and nothing else to update.
touch /etc/.updated /var/.updated
mark end
