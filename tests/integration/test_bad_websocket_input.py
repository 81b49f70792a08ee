"""Violations of WebSocket end the connection with the right code, and nobody else's."""

import pytest

from harness.waiting import eventually
from harness.wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Wire, frame

pytestmark = pytest.mark.usefixtures("bystander")

HEARTBEAT = '[2,"1","Heartbeat",{}]'
MESSAGE_BYTES = 262_144

VIOLATIONS = {
    "an unmasked frame": (1002, frame(HEARTBEAT, masked=False)),
    "a reserved bit": (1002, frame(HEARTBEAT, reserved=4)),
    "an unknown opcode": (1002, frame(opcode=3)),
    "a fragmented control frame": (1002, frame(opcode=PING, fin=False)),
    "a long control frame": (1002, frame(b"x" * 126, opcode=PING)),
    "a continuation of nothing": (1002, frame("x", opcode=CONTINUATION)),
    "a message inside a message": (1002, frame("[", fin=False) + frame(HEARTBEAT)),
    "a length that is not minimal": (1002, b"\x81\xfe\x00\x05" + bytes(4) + b"hello"),
    "a length beyond 63 bit": (1002, b"\x81\xff\xff" + bytes(7 + 4)),
    "a close frame of one byte": (1002, frame(b"\x03", opcode=CLOSE)),
    "a close code that none may send": (1002, frame((1006).to_bytes(2, "big"), opcode=CLOSE)),
    "a binary frame": (1003, frame(HEARTBEAT, opcode=BINARY)),
    "bad UTF-8": (1007, frame(b'[2,"1","DataTransfer",{"vendorId":"\xc3\x28"}]')),
    "UTF-8 that ends too soon": (1007, frame(b'"\xe2\x82')),
    "a surrogate in UTF-8": (1007, frame(b'"\xed\xa0\x80"')),
    "an oversize frame": (1009, frame(announced=MESSAGE_BYTES + 1)),
    "an oversize frame of 4 GB": (1009, frame(announced=1 << 32)),
    "an oversize message": (1009, frame(b" " * MESSAGE_BYTES, fin=False) + frame(b" ", opcode=CONTINUATION)),
    "a message in too many fragments": (
        1009,
        frame("[", fin=False) + frame(b" ", opcode=CONTINUATION, fin=False) * 10_000,
    ),
}


@pytest.mark.parametrize("code, bytes_sent", VIOLATIONS.values(), ids=VIOLATIONS.keys())
def test_a_violation_closes_this_connection(gateway, cp_id, code, bytes_sent):
    with Wire(gateway) as wire:
        assert wire.upgrade(f"/ocpp/{cp_id}")[0] == 101
        wire.send(bytes_sent)
        assert wire.close_code() == code
    eventually(5, lambda: gateway.log_about(cp_id), "a log line that says who")


def test_the_reason_of_a_violation_is_in_its_event(gateway, cp_id):
    with Wire(gateway) as wire:
        wire.upgrade(f"/ocpp/{cp_id}")
        wire.send(frame(HEARTBEAT, masked=False))
        wire.close_code()
    disconnect = gateway.topic.wait_for(cp_id, "device.disconnected")[0]["data"]["disconnect"]
    assert (disconnect["code"], disconnect["by"]) == (1002, "gateway")


def test_a_message_of_just_the_limit_and_one_in_fragments_are_answered(gateway, cp_id):
    with Wire(gateway) as wire:
        wire.upgrade(f"/ocpp/{cp_id}")
        wire.send(frame(HEARTBEAT.ljust(MESSAGE_BYTES)))
        assert wire.receive_frame()[1].startswith(b'[3,"1",')
        wire.send(frame(HEARTBEAT[:9], fin=False) + frame(b"hi", opcode=PING))
        assert wire.receive_frame() == (PONG, b"hi")
        wire.send(frame(HEARTBEAT[9:], opcode=CONTINUATION))
        assert wire.receive_frame()[1].startswith(b'[3,"1",')


def test_a_message_that_comes_byte_by_byte_is_answered(gateway, cp_id):
    with Wire(gateway) as wire:
        wire.upgrade(f"/ocpp/{cp_id}")
        for byte in frame(HEARTBEAT):
            wire.send(bytes([byte]))
        opcode, answer = wire.receive_frame()
        assert opcode == TEXT and answer.startswith(b'[3,"1",')


def test_a_socket_cut_in_the_middle_of_a_message_is_a_loss_of_the_network(gateway, cp_id):
    with Wire(gateway) as wire:
        wire.upgrade(f"/ocpp/{cp_id}")
        wire.send(frame(HEARTBEAT)[:-3])
    disconnect = gateway.topic.wait_for(cp_id, "device.disconnected")[0]["data"]["disconnect"]
    assert (disconnect["code"], disconnect["by"]) == (1006, "network")
