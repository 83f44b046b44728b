#!/bin/bash
# A root shell on the virtio console, as the NixOS test driver expects it: raw, silent, announced
# by one line. What the shell itself complains about goes to the serial console.
exec 0<>/dev/hvc0 1>&0 2>/dev/console
stty raw -echo
echo 'Spawning backdoor root shell...'
# With the device as its script the shell is not interactive: no prompt and no job control. Its
# commands read nothing, so that none can swallow the next request.
exec bash --norc /dev/hvc0 </dev/null
