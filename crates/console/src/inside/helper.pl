# The guest's helper: waits on a channel of its own, so that it answers while a command runs, and so
# that a restored guest starts no program to become itself. One line in, one line out; the
# words of a line are separated by spaces, texts are in hexadecimal. Its fork, the carrier, carries
# what commands write to the host.
use strict;
use Fcntl qw(O_RDONLY O_RDWR O_NONBLOCK);
# Not the name of its interpreter: a test may well end every perl.
$0 = "domi-helper";

my $folder = "/run/domi";

sub put {
    my ($path, $text) = @_;
    open my $file, ">", $path or die "$path: $!\n";
    print $file $text;
    close $file or die "$path: $!\n";
}

sub first_line {
    open my $file, "<", $_[0] or return "";
    my $line = <$file> // "";
    chomp $line;
    return $line;
}

# All of a file; nothing where there is none.
sub whole {
    local $/;
    open my $file, "<", $_[0] or return "";
    return <$file> // "";
}

# A port to the host. Who had it may have been killed just now.
sub port {
    my ($mode, $number) = @_;
    for (1 .. 200) {
        my $port;
        return $port if open $port, $mode, "/dev/vport0p$number";
        select undef, undef, undef, 0.05;
    }
    die "/dev/vport0p$number: $!\n";
}

sub send_all {
    my ($port, $bytes) = @_;
    while (length $bytes) {
        my $sent = syswrite $port, $bytes;
        if (defined $sent) { substr($bytes, 0, $sent) = ""; }
        else { select undef, undef, undef, 0.05; }
    }
}

# Carries what is in a pipe now, all of it, and returns it: empty when nobody is left to write to it.
sub carry {
    my ($pipe, $port) = @_;
    defined sysread $pipe, my $bytes, 1 << 16 or return undef;
    send_all($port, $bytes);
    return $bytes;
}

sub pipe_of {
    my ($name, $mode) = @_;
    sysopen my $pipe, "$folder/$name", $mode | O_NONBLOCK or die "$folder/$name: $!\n";
    return $pipe;
}

# Carries what commands write. As the NixOS test driver does, waits until everyone has closed a
# command's standard output, and for nobody who has its standard error; unless it is ordered to wait
# no longer for the command with this tag.
sub carrier {
    my ($orders) = @_;
    my ($out_port, $err_port) = (port(">", 4), port(">", 5));
    my ($out, $err) = (pipe_of("out", O_RDONLY), pipe_of("err", O_RDWR));
    my ($tag, $begun) = ("", "");
    while (1) {
        my ($ready, $cut) = ("", 0);
        vec($ready, fileno $_, 1) = 1 for $orders, $out, $err;
        select $ready, undef, undef, undef;
        if (vec $ready, fileno $orders, 1) {
            sysread $orders, my $tags, 1 << 16 or exit;
            $cut = $tag ne "" && $tags =~ /^\Q$tag\E$/m;
        }
        carry($err, $err_port) if vec $ready, fileno $err, 1;
        my $bytes = $cut || vec($ready, fileno $out, 1) ? carry($out, $out_port) : undef;
        $begun .= $bytes // "" if $tag eq "";
        ($tag, $begun) = ($1, "") if $begun =~ /^\n(\S+)\{\n/;
        next unless $cut || ($bytes // "more") eq "";
        if ($cut) {
            # Who still has this pipe must not write into the output of the next command.
            unlink "$folder/out";
            system "mkfifo", "-m", "666", "$folder/out";
        }
        close $out;
        $out = pipe_of("out", O_RDONLY);
        send_all($out_port, "\n$tag}\n");
        ($tag, $begun) = ("", "");
    }
}

# A written seed alone leaves two clones equal until the kernel draws on it; 0x5207
# (RNDRESEEDCRNG) makes it do so now. The journal's folder is named after the machine id and
# journalctl reads no other's, while journald keeps to the name it began with: so both names stay.
sub renew {
    my ($seconds, $nanoseconds, $clock_settime, @texts) = @_;
    my ($seed, $id, $name, $hosts) = map { pack "H*", $_ } @texts;
    open my $random, ">", "/dev/urandom" or die "/dev/urandom: $!\n";
    syswrite $random, $seed;
    ioctl $random, 0x5207, 0 or die "new random numbers: $!\n";
    my $time = pack "qq", $seconds, $nanoseconds;
    syscall($clock_settime + 0, 0, $time) == 0 or die "the clock: $!\n";
    my ($old, $journal) = (first_line("/etc/machine-id"), "/run/log/journal");
    put("/etc/machine-id", "$id\n");
    if ($old ne "" && -d "$journal/$old" && rename "$journal/$old", "$journal/$id") {
        symlink $id, "$journal/$old";
    }
    put("/proc/sys/kernel/hostname", $name);
    put("/etc/hostname", "$name\n");
    # What its system adds to these is on its disk.
    put("/etc/hosts", $hosts . whole("/etc/domi/hosts"));
}

# Ends the process group of the command with this tag.
sub end {
    my ($signal, $tag) = @_;
    my ($group, $of) = split / /, first_line("$folder/group");
    kill "-$signal", $group if ($of // "") eq $tag;
}

my $host = port("+<", 3);
pipe my $heard, my $orders or die "a pipe: $!\n";
defined(my $carrier = fork) or die "a fork: $!\n";
if ($carrier == 0) {
    close $_ for $host, $orders;
    carrier($heard);
}
close $heard;
put("$folder/processes", "$$ $carrier\n");
my %answers = (renew => \&renew, end => \&end, cut => sub { syswrite $orders, "$_[0]\n" });
syswrite $host, "ready\n";
my $pending = "";
while (1) {
    # Nothing is read while nobody is at the other end.
    sysread($host, $pending, 65536, length $pending) or select undef, undef, undef, 0.05;
    while ($pending =~ s/^(.*)\n//) {
        my ($what, @words) = split / /, $1;
        my $answer = $answers{$what};
        my $done = $answer && eval { $answer->(@words); 1 };
        my $why = $answer ? $@ : "unknown request $what\n";
        syswrite $host, $done ? "done\n" : "failed: $why";
    }
}
