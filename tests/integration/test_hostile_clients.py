"""Crowds of clients that mean no good, in small: each is paused, refused or closed as its limit says, and bystanders are answered."""

from contextlib import ExitStack

import pytest

from harness.charge_point import STATUS, charge_point
from harness.gateway import is_sanitized
from harness.waiting import eventually
from harness.wire import BINARY, PING, TEXT, Wire, frame

BURST, REFUSALS = 4, 2  # seconds, a second
PENDING = 20
INCOMPLETE = 1 << 20
SLACK = 64 << 20  # what the gateway's own life adds meanwhile: the embedded broker keeps every event
GATEWAY = {
    "server.shards": 1,
    "limits.pending_upgrades": PENDING,
    "limits.message_timeout": "2s",
    "limits.incomplete_bytes": INCOMPLETE,
    "limits.messages_per_second": 50,
    "limits.refusals_per_second": REFUSALS,
    "limits.message_burst": f"{BURST}s",
    "limits.write_timeout": "3s",
}
HEARTBEAT = '[2,"1","Heartbeat",{}]'


@pytest.fixture(autouse=True)
def bystanders(gateway, cp_id):
    """Charge points that were there before; they are answered meanwhile (is_well()), and when all is over."""
    with ExitStack() as stack:
        calm = [stack.enter_context(charge_point(gateway, f"{cp_id}-calm-{number}")) for number in range(3)]

        def are_well():
            for station in calm:
                assert station.call("Heartbeat")
                assert station.call("StatusNotification", STATUS) == {}
            return True

        assert are_well()
        before = gateway.resident_bytes()
        yield are_well
        assert are_well()
        if not is_sanitized():
            assert gateway.resident_bytes() - before < INCOMPLETE + SLACK


@pytest.fixture
def crowd(gateway, cp_id):
    """Opens so many upgraded connections; they end with the test."""
    with ExitStack() as stack:

        def connected(count):
            wires = [stack.enter_context(Wire(gateway)) for _ in range(count)]
            for number, wire in enumerate(wires):
                assert wire.upgrade(f"/ocpp/{cp_id}-{number}")[0] == 101
            return wires

        yield connected


def errors(gateway, reason):
    return gateway.metric("gateway_connection_errors_total", reason=reason)


def test_garbage_is_read_at_the_pace_of_refusals(gateway, cp_id, crowd, bystanders):
    clients, each = 20, 300
    for wire in crowd(clients):
        wire.send(frame("garbage") * each)
    bystanders()

    def refused():
        return gateway.metric("gateway_events_published_total", event_type="protocol.error") or 0

    eventually(20, lambda: refused() >= clients * BURST, "every one has its burst")
    assert bystanders()
    assert refused() < clients * each / 2, "and is then read at its pace"
    lines = gateway.log(message="frame refused")
    assert len(lines) < clients * each / 2, "lines of one kind are few"


def test_a_flood_of_calls_is_answered_in_order_and_later(gateway, crowd, bystanders):
    burst = BURST * 50
    (wire,) = crowd(1)
    wire.send(b"".join(frame(f'[2,"{number}","Heartbeat",{{}}]') for number in range(burst + 100)))
    for number in range(burst + 100):
        assert wire.receive_frame()[1].startswith(f'[3,"{number}",'.encode())
        if number % 50 == 0:
            bystanders()


def test_a_slow_reader_is_read_no_further_and_closed_when_it_takes_nothing(gateway, cp_id, bystanders):
    before = errors(gateway, "slow_reader")
    with Wire(gateway) as wire:
        wire.upgrade(f"/ocpp/{cp_id}")
        pings = rest = frame(b"x" * 125, opcode=PING) * 1000

        def is_closed():
            # Sends what it can without waiting, and never reads.
            nonlocal rest
            rest = rest[wire.send_at_once(rest) :] or pings
            bystanders()
            return errors(gateway, "slow_reader") == before + 1

        eventually(30, is_closed, "it is closed")


def test_a_message_that_never_ends_is_closed(gateway, crowd, bystanders):
    before = errors(gateway, "slow_writer")
    wires = crowd(10)
    for number, wire in enumerate(wires):
        wire.send(frame(HEARTBEAT)[: 1 + number])
    bystanders()
    assert [wire.close_code() for wire in wires] == [1008] * len(wires)
    assert errors(gateway, "slow_writer") == before + len(wires)


def test_who_sends_a_byte_now_and_then_is_no_exception(crowd, bystanders):
    (wire,) = crowd(1)
    wire.send(frame(b"", announced=10_000, opcode=BINARY))

    def is_closed():
        wire.send(b"x")
        return wire.has_received()

    eventually(20, is_closed)
    assert wire.close_code() == 1008


def test_what_is_not_whole_is_bounded_for_all_together(gateway, crowd, bystanders):
    piece = 200_000
    before = errors(gateway, "too_many")
    wires = crowd(20)
    for wire in wires:
        wire.send(frame(b" " * piece, fin=False))
    bystanders()
    codes = [wire.close_code() for wire in wires]
    assert codes.count(1013) >= len(wires) - INCOMPLETE // piece
    assert set(codes) <= {1013, 1008}, "the others did not end in time"
    assert errors(gateway, "too_many") - before == codes.count(1013)


def test_half_open_upgrades_keep_nobody_out(gateway, cp_id, bystanders):
    before = errors(gateway, "half_open")
    with ExitStack() as stack:
        for _ in range(10 * PENDING):
            stack.enter_context(Wire(gateway)).send(b"GET /ocpp/CP HTTP/1.1\r\n")
        bystanders()
        with charge_point(gateway, f"{cp_id}-late") as late:
            assert late.call("Heartbeat")
        assert errors(gateway, "half_open") - before >= 8 * PENDING
        assert gateway.open_descriptors() < 10 * PENDING


def test_who_ends_its_direction_after_the_request_is_answered(gateway, cp_id):
    with Wire(gateway) as wire:
        wire.send(b"GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n")
        wire.end_sending()
        assert wire.response()[0] == 200


def test_who_says_close_and_ends_its_direction_has_all_its_answers(gateway, cp_id):
    calls = 100
    with Wire(gateway) as wire:
        wire.upgrade(f"/ocpp/{cp_id}")
        wire.send(frame(HEARTBEAT) * calls + frame((1000).to_bytes(2, "big"), opcode=8))
        wire.end_sending()
        for _ in range(calls):
            assert wire.receive_frame()[0] == TEXT
        assert wire.close_code() == 1000
