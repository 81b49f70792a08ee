"""A back end that decides over HTTP: it answers as the test says, and keeps what it was asked. It verifies every signature
as docs/webhook.md tells it to."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "0123456789abcdef0123456789abcdef"


def signature_of(headers, body):
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    return "v1," + base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()


class BackEnd:
    """`decide` makes the answer of a question: an object, or (status, text). `path` is where it is asked."""

    path = "/decide"

    def __init__(self):
        self.decide = lambda question: {"status": "Accepted"}
        self.questions = []
        self.signatures_wrong = 0
        self._unhindered = threading.Event()
        self._unhindered.set()
        self._server = None
        self.open(0)

    def open(self, port=None):
        """Serves; after close() again on the same port."""
        back_end = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status, text = back_end._answer(self.path, self.headers, body)
                self.send_response(status)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def process_request(self, request, client_address):
                self.open_sockets.append(request)
                super().process_request(request, client_address)

            def handle_error(self, *_):
                pass  # the other side has left

        self._server = Server(("127.0.0.1", self.port if port is None else port), Handler)
        self._server.open_sockets = []
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        """Gone: open connections end, new ones are refused."""
        self._server.shutdown()
        self._server.server_close()
        for one in self._server.open_sockets:
            with suppress(OSError):  # closed already
                one.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def hanging(self):
        """Takes questions, and answers none."""
        self._unhindered.clear()
        try:
            yield
        finally:
            self.go_on()

    def go_on(self):
        self._unhindered.set()

    def _answer(self, path, headers, body):
        question = json.loads(body)
        self.questions.append(question)
        if path != self.path or headers["webhook-signature"] != signature_of(headers, body):
            self.signatures_wrong += 1
            return 401, b""
        self._unhindered.wait()
        answer = self.decide(question)
        status, text = answer if isinstance(answer, tuple) else (200, json.dumps(answer))
        return status, text.encode()

    def settings(self, folder, **more):
        """What the gateway needs to know of it."""
        secret = folder / "webhook.secret"
        secret.write_text(SECRET + "\n")
        return {
            "decisions.mode": "webhook",
            "decisions.webhook_url": f"http://127.0.0.1:{self.port}{self.path}",
            "decisions.webhook_secret_file": str(secret),
        } | {f"decisions.{name}": value for name, value in more.items()}
