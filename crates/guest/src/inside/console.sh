# Sent to the guest's root shell as soon as it reads: what lets the host run commands in it.
#
# Under emulation starting a program takes 30 to 100 ms and forking this shell takes 5: so a command
# is run by a fork, its output is carried by programs that were started once, and the rest is
# builtins. Through pipes, so that a command finds what it would find in `command | cat`; and
# what an earlier command has left running in the background keeps nobody waiting.
set -m
mkdir -p /run/domi
rm -f /run/domi/out /run/domi/err
mkfifo -m 666 /run/domi/out /run/domi/err
cat <>/run/domi/out >/dev/vport0p4 &
cat <>/run/domi/err >/dev/vport0p5 &
exec 8>/run/domi/out 9>/run/domi/err

# A command is run as: domi_begin TAG; (COMMAND) >&8 2>&9 & domi_end TAG
# Both streams get the tag before and after what the command writes, the first one with the exit
# status. Its process group is noted for the helper, which ends it in time. The command itself is
# no part of a function, so that it has no arguments and no local variables but its own.
domi_begin() {
  printf '\n%s{\n' "$1" >&8
  printf '\n%s{\n' "$1" >&9
}
domi_end() {
  local status=0
  echo $! >/run/domi/group
  wait -f $! || status=$?
  echo >/run/domi/group
  printf '\n%s}\n' "$1" >&9
  printf '\n%s}%s\n' "$1" "$status" >&8
}
