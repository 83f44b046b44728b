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

# domi_run TAG COMMAND: both streams get the tag before and after what the command writes, the first
# one with the exit status. Its process group is noted for the helper, which ends it in time.
domi_run() {
  local domi_tag=$1 domi_command=$2 domi_status=0
  shift 2
  printf '\n%s{\n' "$domi_tag" >&8
  printf '\n%s{\n' "$domi_tag" >&9
  (
    set +m -euo pipefail
    echo 0 >/proc/self/oom_score_adj
    eval "$domi_command"
  ) </dev/null >&8 2>&9 8>&- 9>&- &
  echo $! >/run/domi/group
  wait -f $! || domi_status=$?
  echo >/run/domi/group
  printf '\n%s}\n' "$domi_tag" >&9
  printf '\n%s}%s\n' "$domi_tag" "$domi_status" >&8
}
