parameter() {
  local value
  value=$(cat /proc/sys/kernel/pid_max)
  echo "$value" >/proc/sys/kernel/pid_max
}
module() { modprobe dummy && modprobe --remove dummy; }
clock() { date --set="$(date)"; }
name() { hostname "$(hostname)"; }
mounted() { mount -t tmpfs tmpfs /var/lib/other && umount /var/lib/other; }
group() { mkdir /sys/fs/cgroup/tried && rmdir /sys/fs/cgroup/tried; }
memory() { exec 3</proc/1/mem; }
try "change parameters" parameter
try "load modules" module
try "read the kernel's log" dmesg
try "set the clock" clock
try "name the machine" name
try "mount" mounted
try "make control groups" group
try "read the first process's memory" memory
try "run before all others" chrt --fifo 1 true
try "use devices" test -e /dev/kmsg
echo "and no more"
