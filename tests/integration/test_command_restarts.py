"""The gateway ends in the middle of thousands of commands on a real Kafka and comes back with the same configuration: every
command ends exactly once all the same, and none that may not run twice reaches its charge point twice."""

import signal
import time

import pytest

from harness.brokers import free_ports
from harness.command_history import states, violations
from harness.command_load import CommandLoad, Scale, assert_no_violation
from harness.gateway import Gateway
from harness.waiting import eventually

SCALE = Scale(commands=3000, charge_points=200, per_second=1000, partitions=16)
ENDS_BETWEEN = 150  # commands that end between a start and the next stop


class Restarts:
    """One gateway after the other, each with the same configuration and at the same address."""

    def __init__(self, tmp_path, settings):
        self._folder = tmp_path
        self._settings = settings
        self.gateways = []
        self.stops = []

    def start(self):
        folder = self._folder / f"run-{len(self.gateways)}"
        folder.mkdir()
        self.gateways.append(Gateway(folder, self._settings))
        return self.gateways[-1]

    def restart(self, how):
        gateway = self.gateways[-1]
        since = time.time()
        gateway.process.send_signal(how)
        code = gateway.process.wait(60)
        assert code == (0 if how == signal.SIGTERM else -signal.SIGKILL), gateway.log_text()
        self.start()
        self.stops.append((since, time.time()))

    def close(self):
        for gateway in self.gateways:
            assert not gateway.sanitizer_reports(), gateway.log_text()
            gateway.process.kill()
            gateway.process.wait()
            print(gateway.log_text()[-3000:])


@pytest.fixture
def restarts(tmp_path, settings_for, real_kafka):
    (port,) = free_ports(1)
    settings = {"server.port": port, "kafka.partitions": SCALE.partitions, "commands.reconnect_grace": "5s"}
    running = Restarts(tmp_path, settings_for(real_kafka, **settings))
    yield running
    running.close()


AGAIN_AND_AGAIN = [signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGKILL]


@pytest.mark.parametrize("ways", [[signal.SIGTERM], [signal.SIGKILL], AGAIN_AND_AGAIN], ids=["stopped", "killed", "again-and-again"])
def test_every_command_ends_exactly_once_though_the_gateway_was_restarted(restarts, tmp_path, ways):
    gateway = restarts.start()
    with CommandLoad(tmp_path, gateway, SCALE) as load:
        load.produce(across_partitions=False)
        before = []
        for how in ways:
            enough = load.progress.update() + ENDS_BETWEEN
            eventually(60, lambda enough=enough: load.progress.update() >= enough, "more commands have ended")
            restarts.restart(how)
            before.append(load.progress.update())
        load.wait_for_the_ends(120)
        history = load.history(restarts.stops)
    assert restarts.gateways[-1].stop() == 0

    by_state, refusals = states(history)
    print(f"{before} had ended before, in all {dict(by_state)}, refused {dict(refusals)}, {len(history.frames)} frames")
    assert before[-1] < 0.9 * SCALE.commands
    assert_no_violation(history, violations(history))
