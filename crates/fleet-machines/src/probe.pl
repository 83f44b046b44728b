# Connections of a test: `listen` takes those that nothing else takes, `try` makes them.
use strict;
use warnings;
use Errno qw(EADDRINUSE EINPROGRESS);
use Fcntl;
use Socket qw(:DEFAULT IPPROTO_IPV6 IPV6_V6ONLY inet_pton pack_sockaddr_in6);

sub at {
    my ($address, $port) = @_;
    return (AF_INET6, pack_sockaddr_in6($port, inet_pton(AF_INET6, $address))) if $address =~ /:/;
    return (AF_INET, pack_sockaddr_in($port, inet_pton(AF_INET, $address)));
}

sub opened {
    my ($protocol, $family) = @_;
    socket(my $socket, $family, $protocol eq 'udp' ? SOCK_DGRAM : SOCK_STREAM, 0) or die "socket: $!\n";
    fcntl($socket, F_SETFL, O_NONBLOCK) or die "fcntl: $!\n";
    return $socket;
}

sub bits {
    my $bits = '';
    vec($bits, fileno($_), 1) = 1 for @_;
    return $bits;
}

# Each line: port, address. Returns when all are listened at; what a service has is left to it.
sub listening {
    my @sockets;
    while (<STDIN>) {
        my ($port, $address) = split;
        my ($family, $to) = at($address, $port);
        my $socket = opened('tcp', $family);
        setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1);
        setsockopt($socket, IPPROTO_IPV6, IPV6_V6ONLY, 1) if $family == AF_INET6;
        if (!bind($socket, $to)) {
            next if $! == EADDRINUSE;
            die "cannot listen at $address, port $port: $!\n";
        }
        next if !listen($socket, 64) && $! == EADDRINUSE;
        push @sockets, $socket;
    }
    return if !@sockets;
    my $child = fork // die "fork: $!\n";
    return if $child;
    open($_, '+<', '/dev/null') for *STDIN, *STDOUT, *STDERR;
    while (1) {
        my $ready = bits(@sockets);
        select($ready, undef, undef, undef);
        for my $socket (@sockets) {
            accept(my $connection, $socket) if vec($ready, fileno($socket), 1);
        }
    }
}

# Each line: seconds, and what is tried: protocol, port, from, to. Prints what came of each.
sub trying {
    my ($file) = @_;
    my (@open, @done);
    my $began = time;
    while (<STDIN>) {
        chomp;
        my ($limit, $key) = split ' ', $_, 2;
        my ($protocol, $port, $from, $to) = split ' ', $key;
        my ($family, $there) = at($to, $port);
        my (undef, $here) = at($from, 0);
        my $socket = opened($protocol, $family);
        my $try = { key => $key, socket => $socket, limit => $limit, udp => $protocol eq 'udp', sent => 0 };
        if (!bind($socket, $here)) { push @done, "$key\tcannot be at $from: $!" }
        elsif (connect($socket, $there) || $! == EINPROGRESS) { push @open, $try }
        else { push @done, "$key\t$!" }
    }
    while (@open) {
        my $ready = bits(map { $_->{socket} } grep { !$_->{udp} } @open);
        select(undef, $ready, undef, 0.1);
        my $passed = time - $began;
        my @still;
        for my $try (@open) {
            if ($try->{udp}) {
                # Whether anything answers is not asked; what is lost on the way is sent again.
                if ($passed >= $try->{sent}) { send($try->{socket}, "domi", 0); $try->{sent}++ }
                if ($try->{sent} > 2) { push @done, "$try->{key}\tsent"; next }
            } elsif (vec($ready, fileno($try->{socket}), 1)) {
                local $! = unpack('i', getsockopt($try->{socket}, SOL_SOCKET, SO_ERROR));
                push @done, "$try->{key}\t" . ($! ? "$!" : 'connected');
                next;
            } elsif ($passed >= $try->{limit}) {
                push @done, "$try->{key}\tno answer";
                next;
            }
            push @still, $try;
        }
        @open = @still;
    }
    open(my $out, '>', "$file.part") or die "$file: $!\n";
    print $out map { "$_\n" } @done;
    close($out) or die "$file: $!\n";
    rename("$file.part", $file) or die "$file: $!\n";
}

if ($ARGV[0] eq 'listen') { listening() } else { trying('/run/fleet/tried') }
