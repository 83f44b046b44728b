connect() { exec 3<>/dev/tcp/127.0.0.1/7000; }
memory() { exec 3<"/proc/$(cat /run/stranger)/mem"; }
by_a_program() { [[ $EUID != 0 && $(/var/lib/other/id -u) == 0 ]]; }
own=/tmp/own.$$
touch "$own"
try "write to others' folders" touch "/var/lib/other/written.$$"
try "read homes" cat /home/someone/secret
try "see what others have in /tmp" test -e /tmp/of-others
try "see processes of others" test -e "/proc/$(cat /run/stranger)"
try "read their memory" memory
try "reach the network" connect
try "become root by a program" by_a_program
try "make such a program" chmod u+s "$own"
try "give files away" chown systemd-network "$own"
try "become another user" setpriv --reuid=systemd-network --clear-groups true
try "make namespaces" unshare --user true
try "change how programs are laid out" setarch "$(uname -m)" --addr-no-randomize true
rm "$own"
echo "and no more"
