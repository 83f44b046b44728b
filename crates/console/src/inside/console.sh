# Sent to the guest's root shell as soon as it reads: what lets the host run commands in it.
#
# Under emulation starting a program takes 30 to 100 ms and forking this shell takes 5: so a command
# is run by a fork, its output is carried by a program that was started once (helper.pl), and the
# rest is builtins. Output goes through pipes, so that a command finds what it would find in
# `command | cat`.
set -m
# An earlier shell was killed: what it ran and who carried for it go, too.
if [[ -e /run/domi/processes ]]; then
  read -r -a domi_left </run/domi/processes && kill -9 "${domi_left[@]}" 2>/dev/null
  read -r domi_left _ </run/domi/group && kill -9 -- "-$domi_left" 2>/dev/null
  unset domi_left
fi
mkdir -p /run/domi
rm -f /run/domi/out /run/domi/err
mkfifo -m 666 /run/domi/out /run/domi/err

# A command is run as: domi_begin TAG; (COMMAND) >&8 2>&9 & domi_end TAG
# Both streams get the tag before and after what the command writes: standard error as soon as it has
# ended, with its exit status, and standard output from the carrier, once nobody holds it any more.
# The process group is noted for the helper, which ends the command in time. The command itself is
# no part of a function, so that it has no arguments and no local variables but its own.
domi_begin() {
  exec 8>/run/domi/out 9>/run/domi/err
  printf '\n%s{\n' "$1" >&8
  printf '\n%s{\n' "$1" >&9
}
domi_end() {
  local status
  echo "$! $1" >/run/domi/group
  # `wait` returns for a command that is stopped, too, with 128 and the number of the signal. `wait -f`
  # does not; but having waited it reads what bash knew of the process, which may be freed by then, and
  # if that looks like a process that lives, it never returns.
  while
    status=0
    wait $! || status=$?
    ((status >= 147 && status <= 150)) && kill -0 $! 2>/dev/null
  do sleep 0.05; done
  printf '\n%s}%s\n' "$1" "$status" >&9
  exec 8>&- 9>&-
}
