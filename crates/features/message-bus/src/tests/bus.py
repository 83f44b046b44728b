"""A small client of NATS for the tests: the protocol itself, one thing at a time.

bus.py [--ca FILE] [user:password@]host[:port] COMMAND ARGUMENT...

  publish SUBJECT TEXT     sends a message
  request SUBJECT TEXT     sends a message and prints the answer
  listen SUBJECT           prints the next message
  api CALL JSON            asks JetStream's API and prints the answer
  write STREAM FROM TO     writes numbered messages, and prints each that was acknowledged
  check STREAM FILE        checks that the stream has all messages whose numbers are in a file
  lead STREAM SERVER       makes a server the leader of a stream
"""

import base64
import json
import os
import socket
import ssl
import sys
import time


class Bus:
    def __init__(self, url, authority=None):
        login, _, place = url.rpartition("@")
        host, _, port = place.partition(":")
        options = {"verbose": True, "lang": "test", "version": "1", "headers": True, "no_responders": True}
        if login:
            options["user"], _, options["pass"] = login.partition(":")
        connection = socket.create_connection((host, int(port or 4222)), timeout=5)
        self.take(connection)
        self.line()
        if authority:
            context = ssl.create_default_context(cafile=authority)
            self.take(context.wrap_socket(connection, server_hostname=host))
        self.send("CONNECT " + json.dumps(options))
        self.inbox = "_INBOX." + os.urandom(8).hex()
        self.send(f"SUB {self.inbox} 1")

    def take(self, connection):
        self.connection = connection
        self.lines = connection.makefile("rb")

    def line(self):
        line = self.lines.readline()
        if not line:
            raise OSError("the server has hung up")
        line = line.decode().strip()
        if line.startswith("-ERR"):
            raise OSError(line)
        if line == "PING":
            self.connection.sendall(b"PONG\r\n")
            return self.line()
        return line

    def send(self, text):
        """Sends a command, and waits until the server has taken it."""
        self.connection.sendall(text.encode() + b"\r\n")
        while self.line() != "+OK":
            pass

    def publish(self, subject, text):
        self.send(f"PUB {subject} {len(text.encode())}\r\n{text}")

    def message(self):
        while True:
            words = self.line().split()
            if words[0] in ("MSG", "HMSG"):
                body = self.lines.read(int(words[-1]) + 2)[:-2].decode()
                if words[0] == "HMSG":
                    headers, body = body[: int(words[-2])], body[int(words[-2]) :]
                    if " 503" in headers.partition("\r\n")[0]:
                        raise OSError("nobody answers")
                return body

    def request(self, subject, text):
        data = text.encode()
        self.connection.sendall(f"PUB {subject} {self.inbox} {len(data)}\r\n".encode() + data + b"\r\n")
        return self.message()

    def api(self, call, what=None):
        answer = json.loads(self.request("$JS.API." + call, json.dumps(what) if what else ""))
        if "error" in answer:
            raise OSError(json.dumps(answer["error"]))
        return answer


def write(connect, stream, first, last):
    """Tries each message until it is acknowledged. One may get in twice, none may be missing."""
    bus = None
    for number in range(int(first), int(last) + 1):
        while True:
            try:
                bus = bus or connect()
                answer = json.loads(bus.request(stream, str(number)))
                if "error" in answer:
                    raise OSError(json.dumps(answer))
                print(number, flush=True)
                break
            except OSError:
                bus = None
                time.sleep(0.1)


def check(bus, stream, file):
    state = bus.api(f"STREAM.INFO.{stream}")["state"]
    there = set()
    for number in range(state["first_seq"], state["last_seq"] + 1):
        message = bus.api(f"STREAM.MSG.GET.{stream}", {"seq": number})["message"]
        there.add(base64.b64decode(message["data"]).decode())
    with open(file) as acknowledged:
        wanted = set(acknowledged.read().split())
    if not wanted or wanted - there:
        sys.exit(f"of {len(wanted)} messages these are missing: {sorted(wanted - there)}")
    print(len(wanted))


def lead(bus, stream, server):
    """The next leader is one of those that are furthest, by chance. So all are waited for before it
    is tried again: a server that has just come back would never be chosen, and never catch up. A
    server that is said to be behind for long may be one of which the leader has the wrong idea; then
    another leader helps."""
    begin = time.monotonic()
    changed = begin
    while time.monotonic() < begin + 25:
        cluster = bus.api(f"STREAM.INFO.{stream}")["cluster"]
        if cluster.get("leader") == server:
            return
        caught_up = all(replica["current"] and not replica.get("lag") for replica in cluster["replicas"])
        if caught_up or time.monotonic() > changed + 10:
            bus.api(f"STREAM.LEADER.STEPDOWN.{stream}")
            changed = time.monotonic()
        time.sleep(1)
    sys.exit(f"{server} does not lead: {json.dumps(cluster)}")


def main():
    arguments = sys.argv[1:]
    authority = None
    if arguments[0] == "--ca":
        authority, arguments = arguments[1], arguments[2:]
    url, command, *rest = arguments

    def connect():
        return Bus(url, authority)

    if command == "write":
        return write(connect, *rest)
    bus = connect()
    if command == "publish":
        bus.publish(*rest)
    elif command == "request":
        print(bus.request(*rest))
    elif command == "listen":
        bus.send(f"SUB {rest[0]} 2")
        print(bus.message())
    elif command == "api":
        print(json.dumps(bus.api(rest[0], json.loads(rest[1]) if rest[1:] else None)))
    elif command == "check":
        check(bus, *rest)
    elif command == "lead":
        lead(bus, *rest)


try:
    main()
except OSError as error:
    sys.exit(str(error))
