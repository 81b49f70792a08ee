"""Memory per idle connection: of the gateway itself, and of the kernel for it."""

from figures import Bar, Figure, Section
from harness.footprint import settled_slab_bytes, settled_user_bytes

HOW = (
    "{connections:,} idle plain connections to a gateway that had none before: what it holds of anonymous memory more than with none, "
    "divided by their number, so that whatever else grew is theirs, too. First right after the upgrade, then after each has sent "
    "BootNotification and Heartbeat; both once the figure has come to rest. The kernel's part is how much its slabs grew, divided by "
    "the two ends of each connection, because both are on this machine."
)


def measure(rig):
    connections = rig.scale.connections
    upgraded, booted, kernel, kernel_of_floor = [], [], [], []
    for _ in rig.repeats("memory"):
        with rig.gateway() as gateway:
            user_before, kernel_before = settled_user_bytes(gateway.pid), settled_slab_bytes()
            with rig.idle(gateway, connections) as boot:
                upgraded.append((settled_user_bytes(gateway.pid) - user_before) / connections)
                boot()
                booted.append((settled_user_bytes(gateway.pid) - user_before) / connections)
                kernel.append((settled_slab_bytes() - kernel_before) / connections / 2)
        with rig.floor() as floor:
            kernel_before = settled_slab_bytes()
            with rig.idle(floor, connections) as boot:
                boot()
                kernel_of_floor.append((settled_slab_bytes() - kernel_before) / connections / 2)
    figures = [
        Figure("user memory, upgraded", "B", upgraded),
        Figure("user memory per idle connection", "B", booted, bar=Bar(1200)),
        Figure("kernel memory of one end", "B", kernel, kernel_of_floor),
    ]
    return Section("Memory", HOW.format(connections=connections), figures)
