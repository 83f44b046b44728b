# Gives a restored NixOS random numbers of its own. Its names are those of its system. Its clock goes on from when it was
# saved: where a clock leaps ahead, systemd starts all that timers would have started meanwhile.
open my $random, ">", "/dev/urandom" or die "/dev/urandom: $!\n";
syswrite $random, pack "H*", $ARGV[0];
# The kernel draws on what was written (RNDRESEEDCRNG) now, and not some time later.
ioctl $random, 0x5207, 0 or die "new random numbers: $!\n";
