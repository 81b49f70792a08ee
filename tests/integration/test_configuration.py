"""Configuration: every mistake at once, and what the program makes of file and environment."""

import pytest

from harness.charge_point import BOOT, charge_point
from harness.gateway import run_gateway
from harness.wire import Wire

MISTAKES = """
server: { port: 70000, shards: many }
ocpp: { heartbeat_interval: 5 parsecs, ping_interval: often }
broker: { kind: kafka }
durability: { answer_timeout: -1s, accept_weakness: true }
limits: { message_bytes: 0 }
colours: { sky: blue }
"""
NAMED = [
    "server.port",
    "server.shards",
    "ocpp.heartbeat_interval",
    "ocpp.ping_interval",
    "ocpp.transaction_key_file",
    "durability.answer_timeout",
    "durability.accept_weakness",
    "limits.message_bytes",
    "colours",
]


@pytest.mark.parametrize("arguments", [(), ("--check-config",)])
def test_all_mistakes_are_told_at_once_and_the_exit_code_is_1(tmp_path, arguments):
    done = run_gateway(tmp_path, text=MISTAKES, arguments=arguments)
    assert done.returncode == 1
    told = done.stdout + done.stderr
    assert [name for name in NAMED if name not in told] == []


@pytest.mark.parametrize("text", ["server: [", "- a list", "server: 7", "server: { port: 1, port: 2 }"])
def test_a_file_that_is_no_configuration_is_a_mistake(tmp_path, text):
    assert run_gateway(tmp_path, text=text, arguments=["--check-config"]).returncode == 1


def test_a_missing_file_is_a_mistake(tmp_path):
    done = run_gateway(tmp_path, arguments=["--check-config", "--config", str(tmp_path / "nowhere.yaml")])
    assert done.returncode != 0


def test_a_good_file_passes_the_check_and_an_empty_one_too(tmp_path):
    assert run_gateway(tmp_path, arguments=["--check-config"]).returncode == 0
    assert run_gateway(tmp_path, text="", arguments=["--check-config"]).returncode == 0


def test_a_mistake_in_the_environment_is_told_under_the_name_of_its_variable(tmp_path):
    environment = {"CPG_SERVER_PORT": "eighty", "CPG_LOG_LEVEL": "loud"}
    done = run_gateway(tmp_path, arguments=["--check-config"], environment=environment)
    assert done.returncode == 1
    assert [name for name in environment if name not in done.stdout + done.stderr] == []


def test_an_unknown_variable_is_only_a_warning(tmp_path):
    done = run_gateway(tmp_path, arguments=["--check-config"], environment={"CPG_SERVER_PROT": "8080"})
    assert done.returncode == 0
    assert "CPG_SERVER_PROT" in done.stdout + done.stderr


def test_the_environment_beats_the_file_and_the_file_the_default(tmp_path):
    text = "ocpp: { heartbeat_interval: 70s, ping_interval: 20s }"
    environment = {"CPG_OCPP_PING_INTERVAL": "45s", "CPG_SERVER_PATHS": "/one,/two"}
    printed = run_gateway(tmp_path, text=text, arguments=["--print-config"], environment=environment)
    assert printed.returncode == 0
    for value in ("heartbeat_interval: 70s", "ping_interval: 45s", "answer_timeout: 15s", "/one", "/two"):
        assert value in printed.stdout


def test_the_printed_configuration_is_a_configuration_and_prints_itself(tmp_path):
    first = run_gateway(tmp_path, arguments=["--print-config"])
    second = run_gateway(tmp_path, text=first.stdout, arguments=["--print-config"])
    assert (second.returncode, second.stdout) == (0, first.stdout)


def test_the_version_is_told(tmp_path):
    done = run_gateway(tmp_path, arguments=["--version"])
    assert done.returncode == 0 and any(character.isdigit() for character in done.stdout)


@pytest.mark.parametrize("section", ["server", "api", "metrics"])
def test_a_taken_port_is_exit_code_2_and_named(gateway, tmp_path, section):
    taken = {"server": gateway.at.charge_points, "api": gateway.at.api, "metrics": gateway.at.metrics}[section]
    port = int(taken.rsplit(":", 1)[1])
    done = run_gateway(tmp_path, {f"{section}.port": port, "pod_id": "gateway-1"})
    assert done.returncode == 2
    assert str(port) in done.stdout + done.stderr


def test_the_paths_for_charge_points_can_be_changed(start_gateway):
    gateway = start_gateway({"server.paths": ["/charge"]})
    with Wire(gateway) as wire:
        assert wire.upgrade("/ocpp/CP")[0] == 404
    with Wire(gateway) as wire:
        assert wire.upgrade("/charge/CP")[0] == 101


def test_the_heartbeat_interval_of_the_configuration_is_told_at_boot(start_gateway, cp_id):
    gateway = start_gateway({"ocpp.heartbeat_interval": "77s"})
    with charge_point(gateway, cp_id) as station:
        assert station.call("BootNotification", BOOT)["interval"] == 77
