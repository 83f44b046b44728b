#!/bin/busybox sh
# The first process. Mounts the disk and hands over to systemd, or, when the kernel was told
# domi.mode=build, fills the empty disk from the archive on the second disk and configures it.
export PATH=/bin
/bin/busybox mkdir -p /proc /sys /dev /mnt
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin

say() {
    read -r up _ </proc/uptime
    echo "domi-build: $1 [$up]"
}
fail() {
    echo
    say "failed: $1"
    sync
    poweroff -f
    # Not even that worked: the kernel ends the machine when its first process ends.
    exit 1
}

while read -r module; do
    insmod "/modules/$module" || echo "domi-build: cannot load $module"
done </modules/order

tries=0
while ! [ -b /dev/vda ]; do
    tries=$((tries + 1))
    [ $tries -gt 100 ] && fail "no disk appeared"
    sleep 0.1
done

mode=boot
read -r arguments </proc/cmdline
for argument in $arguments; do
    case $argument in
        domi.mode=*) mode=${argument#*=} ;;
    esac
done

if [ "$mode" = boot ]; then
    mount -t ext4 -o noatime /dev/vda /mnt || fail "cannot mount the disk"
    mount --move /dev /mnt/dev
    mount --move /sys /mnt/sys
    mount --move /proc /mnt/proc
    exec switch_root /mnt /usr/lib/systemd/systemd
fi

# A machine that dies while it is built is thrown away: nothing needs to be safe on the disk.
mount -t ext4 -o noatime,nobarrier,data=writeback /dev/vda /mnt || fail "cannot mount the disk"
say unpack
tar -xf /dev/vdb -C /mnt || fail "cannot unpack the root archive"
say configure
mount --move /dev /mnt/dev
mount --move /sys /mnt/sys
mount -t tmpfs run /mnt/run
mount -t proc proc /mnt/proc
cp /configure /mnt/run/configure
chroot /mnt /bin/sh /run/configure >/mnt/var/log/domi-build.log 2>&1
result=$?
if [ $result != 0 ]; then
    tail -n 60 /mnt/var/log/domi-build.log
    fail "configuring the packages ended with $result"
fi
say sync
umount /mnt/run /mnt/proc /mnt/sys
umount /mnt/dev
umount /mnt || fail "cannot unmount the disk"
say done
poweroff -f
