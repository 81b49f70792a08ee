"""Latency at a fixed rate, from when each message was due, so that a slow moment counts for all who waited in it."""

from contextlib import closing

from figures import Bar, Figure, Section
from harness.brokers import RealKafka
from rig import CORES, on_cores

RATE = 10_000
CONNECTIONS = 1000
PERCENTILES = {"p50": "p50_ms", "p99": "p99_ms", "p99.9": "p99_9_ms"}
HOW = (
    f"Open loop: {RATE:,} messages a second (40 % Heartbeat, 40 % StatusNotification, 20 % MeterValues) from {CONNECTIONS:,} charge "
    "points, due at fixed times whatever became of those before. A latency runs from when its message was due to its answer, the time "
    "that the generator itself was late included (last line). A real Apache Kafka runs on the same machine. Prompt answers are "
    "those to Heartbeat and StatusNotification; MeterValues are answered once Kafka has them."
)


def measure(rig):
    results = ([], [])
    with on_cores(CORES), closing(RealKafka(rig.new_folder())) as kafka:
        for _ in rig.repeats("latency"):
            with rig.gateway(kafka) as gateway, rig.floor() as floor:
                for number, server in enumerate((gateway, floor)):
                    results[number].append(rig.load("open", server, rate=RATE, connections=CONNECTIONS, seconds=rig.scale.seconds))

    def figure(name, *path, bar=None):
        return Figure(name, "ms", *([_at(result, path) for result in of_server] for of_server in results), bar)

    figures = [figure(f"prompt answers, {name}", "latency", "prompt", key, bar=Bar(5) if name == "p99" else None)
               for name, key in PERCENTILES.items()]
    figures += [figure(f"MeterValues, {name}", "latency", "meter", key) for name, key in PERCENTILES.items()]
    figures += [Figure("the generator's lateness, p99", "ms", [_at(result, ("sent_late", "p99_ms")) for result in results[0]])]
    return Section("Latency", HOW, figures, plot="latency, ms")


def _at(result, path):
    for name in path:
        result = result[name]
    return result
