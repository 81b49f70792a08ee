"""A bare TCP socket that speaks WebSocket as badly as a test wants it to."""

import base64
import os
import select
import socket
import struct
from urllib.parse import urlsplit

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(payload=b"", opcode=TEXT, fin=True, masked=True, reserved=0, announced=None):
    """One frame; `announced` is the length it claims, where that differs from the payload's."""
    payload = payload.encode() if isinstance(payload, str) else payload
    length = len(payload) if announced is None else announced
    head = bytes([fin << 7 | reserved << 4 | opcode])
    mask_bit = 0x80 if masked else 0
    if length < 126:
        head += bytes([mask_bit | length])
    elif length < 1 << 16:
        head += struct.pack("!BH", mask_bit | 126, length)
    else:
        head += struct.pack("!BQ", mask_bit | 127, length)
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))


class Wire:
    def __init__(self, gateway, base=None):
        """Connects to the charge points' port, or to that of another base URL."""
        url = urlsplit(base or gateway.at.charge_points)
        self._socket = socket.create_connection((url.hostname, url.port), timeout=10)
        self._received = b""

    def send(self, data):
        """Sends what the peer still takes: it may have answered and closed before the last byte."""
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def send_at_once(self, data):
        """How many of these bytes the system took without waiting."""
        try:
            return self._socket.send(data, socket.MSG_DONTWAIT)
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            return 0

    def send_text(self, text):
        self.send(frame(text))

    def request(self, path, headers=(), method="GET"):
        """Status and headers (lower-case names) of the answer to a request of these header lines."""
        self._send_request(path, headers, method)
        return self.response()

    def _send_request(self, path, headers, method="GET"):
        lines = [f"{method} {path} HTTP/1.1", "Host: gateway", *headers, "", ""]
        self.send("\r\n".join(lines).encode())

    def response(self):
        while b"\r\n\r\n" not in self._received:
            self._fill()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        return int(status.split()[1]), {name.lower(): value for name, value in headers.items()}

    def upgrade(self, path, protocol="ocpp1.6", headers=()):
        """Status and headers of the answer to an upgrade request."""
        self.send_upgrade(path, protocol, headers)
        return self.response()

    def send_upgrade(self, path, protocol="ocpp1.6", headers=()):
        key = base64.b64encode(os.urandom(16)).decode()
        wanted = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
        if protocol is not None:
            wanted.append(f"Sec-WebSocket-Protocol: {protocol}")
        self._send_request(path, wanted + list(headers))

    def receive_frame(self):
        """Opcode and payload of the next frame."""
        opcode, length = self._take(1)[0] & 15, self._take(1)[0] & 127
        if length >= 126:
            length = int.from_bytes(self._take(2 if length == 126 else 8), "big")
        return opcode, self._take(length)

    def close_code(self):
        """The code of the close frame, frames before it dropped; 1006 where the socket ends without one."""
        try:
            while True:
                opcode, payload = self.receive_frame()
                if opcode == CLOSE:
                    return int.from_bytes(payload[:2], "big")
        except (EOFError, ConnectionResetError):
            return 1006

    def has_received(self):
        """Whether something waits to be read."""
        return bool(self._received or select.select([self._socket], [], [], 0)[0])

    def is_hung_up_on(self):
        """Waits for the end, whatever is said before; a timeout where none comes."""
        try:
            while self._socket.recv(65536):
                pass
        except ConnectionResetError:
            pass
        return True

    def end_sending(self):
        self._socket.shutdown(socket.SHUT_WR)

    def close(self):
        self._socket.close()

    def reset(self):
        """Ends the connection without a word: the peer gets a reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _take(self, count):
        while len(self._received) < count:
            self._fill()
        taken, self._received = self._received[:count], self._received[count:]
        return taken

    def _fill(self):
        data = self._socket.recv(65536)
        if not data:
            raise EOFError("closed by the gateway")
        self._received += data
