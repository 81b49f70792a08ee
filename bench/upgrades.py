"""Upgrades: charge points that connect and leave at once, as fast as the server takes them."""

from figures import Figure, Section

PER_SECOND = 4000  # about; how many are made for each second of the scale
HOW = (
    "200 connections at any time: each connects, upgrades and leaves at once with a close frame, and the next charge point takes its "
    "place. The gateway claims the charge point and publishes `device.connected` and `device.disconnected` for each. CPU is of the "
    "whole process, by connection from accept to close."
)


def measure(rig):
    rates, spent = ([], []), ([], [])
    for _ in rig.repeats("upgrades"):
        with rig.gateway() as gateway, rig.floor() as floor:
            for number, server in enumerate((gateway, floor)):
                done = rig.load("connects", server, cycles=round(PER_SECOND * rig.scale.seconds))
                rates[number].append(done["cycles"] / done["seconds"])
                spent[number].append(done["cpu"]["total_ns"] / done["cycles"] / 1000)
    return Section("Upgrades", HOW, [Figure("upgrades", "/s", *rates), Figure("CPU per upgrade", "µs", *spent)])
