"""CPU per message: everybody sends the next one when the last is answered, and the whole process is charged for it."""

from figures import Bar, Figure, Section

CONNECTIONS = 1000
# By kind: the bar, and the payload that the floor answers with, as long as the gateway's.
MESSAGES = {
    "heartbeat": ("Heartbeat", 1.9, '{"currentTime":"2026-11-20T10:00:00.000Z"}'),
    "status": ("StatusNotification, published", 2.5, "{}"),
    "meter": ("MeterValues, acknowledged", 3.0, "{}"),
}
UNPACED = {"limits.messages_per_second": 1_000_000}  # no charge point is as quick as a closed loop
HOW = (
    f"{CONNECTIONS:,} charge points; each sends its next message when it has the answer to the last one. User and kernel time of the "
    "whole process, librdkafka's threads too, by message. The gateway has one core, the load and librdkafka's mock broker (a process "
    "of its own) another one. MeterValues: 700 bytes, five samples, answered once the broker has acknowledged the event."
)


def measure(rig):
    spent = {kind: ([], []) for kind in MESSAGES}
    for _ in rig.repeats("CPU"):
        with rig.gateway(settings=UNPACED) as gateway:
            for kind, (_, _, payload) in MESSAGES.items():
                spent[kind][0].append(_microseconds(rig, gateway, kind))
                with rig.floor(payload) as floor:
                    spent[kind][1].append(_microseconds(rig, floor, kind))
    figures = [Figure(name, "µs", *spent[kind], Bar(bar, of_ratio=True)) for kind, (name, bar, _) in MESSAGES.items()]
    return Section("CPU", HOW, figures, plot="CPU per message, µs")


def _microseconds(rig, server, kind):
    done = rig.load("closed", server, message=kind, connections=CONNECTIONS, seconds=rig.scale.seconds)
    return done["cpu"]["total_ns"] / done["measured"] / 1000
