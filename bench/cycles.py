"""Connect cycles: what so many charge points that came and left leave behind in the gateway."""

from figures import Bar, Figure, Section
from harness.footprint import open_descriptors, settled_user_bytes

CHARGE_POINTS = 2000  # who take turns: what is kept of a charge point that was here is no leak
WARM_UP = 200_000
HOW = (
    "{cycles:,} times a charge point, one of {charge_points:,} that take turns, connects from one of eight addresses, upgrades and "
    "leaves with a close frame. The growth is counted from after {warm_up:,} such cycles on, so that what libraries keep for the next "
    "time is in both."
)


def measure(rig):
    cycles = rig.scale.cycles
    with rig.gateway() as gateway:
        rig.say(f"cycles: {WARM_UP:,} to warm up")
        rig.load("connects", gateway, cycles=WARM_UP, charge_points=CHARGE_POINTS)
        memory, descriptors = settled_user_bytes(gateway.pid), open_descriptors(gateway.pid)
        rig.say(f"cycles: {cycles:,}")
        rig.load("connects", gateway, cycles=cycles, charge_points=CHARGE_POINTS)
        growth = settled_user_bytes(gateway.pid) - memory
        more = open_descriptors(gateway.pid) - descriptors
    figures = [
        Figure("memory more than before", "MB", [growth / 1e6], bar=Bar(4)),
        Figure("descriptors more than before", "", [more], bar=Bar(0)),
    ]
    return Section("Connect cycles", HOW.format(cycles=cycles, charge_points=CHARGE_POINTS, warm_up=WARM_UP), figures)
