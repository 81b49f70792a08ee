#!/usr/bin/env python3
"""A crowd of hostile clients: `attack.py KIND URL COUNT` connects it, says `ready`, attacks from the next line of standard input on,
and goes when that ends. One thread, sockets that never wait, and few bytes' thought: the gateway is to be busy, not this.
"""

import base64
import os
import select
import selectors
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "integration"))

from harness.wire import PING, frame  # noqa: E402

SOURCES = 8  # 127.0.0.1 and following: beyond 28,000 connections one would run out of ports
SEND_BUFFER = 32_768  # of a socket: a thousand of them are not to hold gigabytes in the kernel
CHUNK = 16_384

HEARTBEAT = frame(b'[2,"1","Heartbeat",{}]')
GARBAGE = frame(b"\x7fELF no OCPP at all \x01")
REFUSED = frame(b'[2,"1","NoSuchAction",{"a":1}]')
LARGE_PING = frame(b"x" * 125, opcode=PING)
# What each sends again and again as soon as the socket takes it.
FLOODS = {
    "slow reader": HEARTBEAT,
    "heartbeats": HEARTBEAT,
    "pings": LARGE_PING,
    "refused calls": REFUSED,
    "garbage": GARBAGE,
}
READS = {"heartbeats", "pings", "refused calls", "garbage"}


class Client:
    def __init__(self, url, number, upgrades, kind):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if kind == "slow reader":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.bind((f"127.0.0.{1 + number % SOURCES}", 0))
        self.socket.connect((url.hostname, url.port))
        if upgrades:
            key = base64.b64encode(os.urandom(16)).decode()
            self.socket.sendall(
                f"GET {url.path}/hostile-{number} HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n".encode()
            )
            head = b""
            while b"\r\n\r\n" not in head:
                more = self.socket.recv(1024)
                if not more:
                    raise ConnectionError("not upgraded")
                head += more
        self.socket.setblocking(False)
        self.rest = b""


def send(client, flood):
    client.rest = client.rest or flood
    try:
        client.rest = client.rest[client.socket.send(client.rest) :]
    except BlockingIOError:
        pass


def over():
    return bool(select.select([sys.stdin], [], [], 0)[0])


def flood(kind, clients):
    one = FLOODS[kind]
    many = one * (CHUNK // len(one))
    with selectors.EpollSelector() as selector:
        wanted = selectors.EVENT_WRITE | (selectors.EVENT_READ if kind in READS else 0)
        for client in clients:
            selector.register(client.socket, wanted, client)
        while not over() and selector.get_map():
            for key, events in selector.select(0.05):
                try:
                    if events & selectors.EVENT_READ and not key.data.socket.recv(65_536):
                        raise ConnectionError("closed")
                    if events & selectors.EVENT_WRITE:
                        send(key.data, many)
                except BlockingIOError:
                    pass
                except ConnectionError:
                    selector.unregister(key.data.socket)


def trickle(clients, first):
    """A message that never ends, a byte of each client a second."""
    alive = []
    for client in clients:
        client.socket.send(first)
        alive.append(client)
    while not over():
        begun = time.monotonic()
        for client in list(alive):
            try:
                client.socket.send(b"x")
            except OSError:
                alive.remove(client)
        time.sleep(max(0, begun + 1 - time.monotonic()))


def half_open(url, count, clients):
    """As many half-open upgrades as asked for, and a new one for each that the gateway closes."""
    with selectors.EpollSelector() as selector:
        numbers = iter(range(len(clients), sys.maxsize))

        def keep(client):
            client.socket.send(b"GET /ocpp/CP HTTP/1.1\r\nHost:")
            selector.register(client.socket, selectors.EVENT_READ, client)

        for client in clients:
            keep(client)
        while not over():
            for key, _ in selector.select(0.05):
                selector.unregister(key.data.socket)
                key.data.socket.close()
                keep(Client(url, next(numbers), False, "half-open upgrades"))


def main():
    kind, url, count = sys.argv[1], urlsplit(sys.argv[2]), int(sys.argv[3])
    # Whoever is measured beside them goes first: a bystander's lateness is to be the gateway's, not that of a crowded core.
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    begun = kind != "half-open upgrades"
    clients = [Client(url, number, begun, kind) for number in range(count if begun else 0)]
    print("ready", flush=True)
    sys.stdin.readline()
    if kind == "half-open upgrades":
        clients = [Client(url, number, False, kind) for number in range(count)]
        half_open(url, count, clients)
    elif kind == "slow writer":
        trickle(clients, frame(b"x" * 60_000)[:30_000])
    elif kind == "byte a second":
        trickle(clients, frame(b"x" * 60_000)[:8])
    else:
        flood(kind, clients)


if __name__ == "__main__":
    main()
