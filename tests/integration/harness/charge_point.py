"""A charge point with an open socket, and what it says in a usual session of OCPP 1.6."""

import json
import socket
from contextlib import contextmanager
from itertools import count
from urllib.parse import quote

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PATIENCE = 10  # seconds for an answer that must come


class ChargePoint:
    def __init__(self, gateway, charge_point_id, protocols=("ocpp1.6",), path="/ocpp/"):
        self.id = charge_point_id
        self._message_ids = count(1)
        self.socket = connect(
            gateway.at.charge_points + path + quote(charge_point_id, safe=""),
            subprotocols=protocols,
            compression=None,
            ping_interval=None,
            proxy=None,
            close_timeout=PATIENCE,
        )

    def send(self, message):
        """A frame as text, or an OCPP message as a list."""
        self.socket.send(message if isinstance(message, str) else json.dumps(message))

    def receive(self, timeout=PATIENCE):
        return json.loads(self.receive_text(timeout))

    def receive_text(self, timeout=PATIENCE):
        return self.socket.recv(timeout)

    def start_call(self, action, payload):
        """Sends the CALL and returns its message id."""
        message_id = f"{action}-{next(self._message_ids)}"
        self.send([2, message_id, action, payload])
        return message_id

    def answer_to(self, message_id, timeout=PATIENCE):
        """The answer to this very CALL, which must be the next message."""
        answer = self.receive(timeout)
        assert answer[1] == message_id, answer
        return answer

    def call(self, action, payload=None, timeout=PATIENCE):
        """The payload of the CALLRESULT, which must be the next message."""
        answer = self.answer_to(self.start_call(action, payload or {}), timeout)
        assert answer[0] == 3, answer
        return answer[2]

    def hear_call(self, action=None, timeout=PATIENCE):
        """The id and payload of the gateway's CALL, which must be the next message."""
        call = self.receive(timeout)
        assert call[0] == 2 and call[2] == (action or call[2]), call
        return call[1], call[3]

    def answer(self, message_id, payload):
        self.send([3, message_id, payload])

    def refuse(self, message_id, code, description="", details=None):
        self.send([4, message_id, code, description, details or {}])

    def hears_nothing(self, seconds):
        try:
            self.receive_text(seconds)
        except TimeoutError:
            return True
        return False

    def close(self):
        self.socket.close()

    def vanish(self):
        """Ends the connection without a word."""
        self.socket.socket.shutdown(socket.SHUT_RDWR)

    def wait_closed(self, timeout=PATIENCE):
        """The code of the close frame that came, 1006 where none did; answers on the way are dropped."""
        try:
            while True:
                self.receive_text(timeout)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


@contextmanager
def charge_point(gateway, charge_point_id, **options):
    opened = ChargePoint(gateway, charge_point_id, **options)
    try:
        yield opened
    finally:
        opened.close()


BOOT = {"chargePointVendor": "Acme", "chargePointModel": "One"}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
AUTHORIZE = {"idTag": "ABC"}


def start_transaction(**members):
    return {"connectorId": 1, "idTag": "ABC", "meterStart": 0, "timestamp": "2026-11-20T10:00:00Z"} | members


def meter_values(value, **members):
    samples = [{"timestamp": "2026-11-20T10:01:00Z", "sampledValue": [{"value": str(value)}]}]
    return {"connectorId": 1, "meterValue": samples} | members


def stop_transaction(transaction_id, **members):
    return {"transactionId": transaction_id, "meterStop": 15300, "timestamp": "2026-11-20T10:30:00Z"} | members


def usual_session(call):
    """boot, heartbeat, status, authorize, start, three meter values, stop; `call` sends one and returns its answer."""
    assert call("BootNotification", BOOT)["status"] == "Accepted"
    assert call("Heartbeat", {})["currentTime"]
    call("StatusNotification", STATUS)
    assert call("Authorize", AUTHORIZE)["idTagInfo"]["status"] == "Accepted"
    transaction_id = call("StartTransaction", start_transaction())["transactionId"]
    for value in (1, 2, 3):
        call("MeterValues", meter_values(value, transactionId=transaction_id))
    call("StopTransaction", stop_transaction(transaction_id))
    return transaction_id


# The events of a usual session, connecting and leaving included; heartbeats make none.
USUAL_EVENTS = [
    "device.connected",
    "device.online",
    "connector.status",
    "authorization.requested",
    "transaction.started",
    "meter.values",
    "meter.values",
    "meter.values",
    "transaction.ended",
    "device.disconnected",
]
