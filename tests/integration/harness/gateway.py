"""The program under test as a process: started on ports of its own, listened to, asked over HTTP, stopped."""

import json
import os
import re
import resource
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import httpx

from .footprint import open_descriptors
from .topic import Topic
from .waiting import eventually

BUILD = Path(os.environ.get("CPG_BUILD_DIR", Path(__file__).parents[3] / "build" / "dev"))
START_DEADLINE = 30  # seconds; ASan on a busy two-core machine

DEFAULTS = {
    "pod_id": "gateway-0",
    "server": {"host": "127.0.0.1", "port": 0, "shards": 2},
    "api": {"host": "127.0.0.1", "port": 0},
    "metrics": {"host": "127.0.0.1", "port": 0},
}

_SANITIZER = re.compile(r"runtime error:|(?:Address|Leak|Thread|UndefinedBehavior)Sanitizer", re.ASCII)


@dataclass(frozen=True)
class Listening:
    """The real addresses, out of the log line `listening`."""

    charge_points: str
    api: str
    metrics: str
    kafka: str

    @classmethod
    def from_log(cls, line):
        charge_points = line["charge_points"].removesuffix("/ocpp")  # the line shows the first of the paths
        return cls(charge_points, line["api"], line["metrics"], line["kafka"])


def configuration(overrides):
    """DEFAULTS with the overrides `{"durability.answer_timeout": "2s"}` laid over them."""
    merged = json.loads(json.dumps(DEFAULTS))
    for key, value in overrides.items():
        *sections, name = key.split(".")
        place = merged
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    return merged


def is_sanitized(program="charge-point-gateway"):
    """Whether the build carries a sanitizer: its shadow memory makes figures of memory meaningless."""
    return re.search(rb"__[at]san_init", (BUILD / program).read_bytes()) is not None


def run_gateway(folder, overrides=None, arguments=(), text=None, environment=None):
    """The gateway run to its end, for what it refuses or prints; `text` replaces the configuration file's content."""
    file = write_configuration(folder, overrides or {}, text)
    return subprocess.run(
        [BUILD / "charge-point-gateway", "--config", file, *arguments],
        env=_environment(environment),
        capture_output=True,
        text=True,
        timeout=START_DEADLINE,
    )


def _environment(additions):
    """Ours without the variables that are for the tests: the gateway would wonder about them."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CPG_")} | (additions or {})


def write_configuration(folder, overrides, text=None):
    file = Path(folder) / "gateway.yaml"  # JSON is YAML
    file.write_text(text if text is not None else json.dumps(configuration(overrides), indent=1))
    return file


class Gateway:
    def __init__(self, folder, overrides=None, environment=None, wait_ready=True, descriptors=None):
        self._log_file = Path(folder) / "gateway.log"
        self._overrides = overrides or {}
        self.topic_name = self._topic_name("upstream", "ocpp-events-up")
        command = [BUILD / "charge-point-gateway", "--config", write_configuration(folder, overrides or {})]
        if descriptors:
            command = ["prlimit", f"--nofile={descriptors}", *command]
        with self._log_file.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                env=_environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self.at = eventually(START_DEADLINE, self._listening, "the log line `listening`")
            self.topic = Topic(self.at.kafka, self.topic_name)
            self.commands = Topic(self.at.kafka, self._topic_name("downstream", "commands-down"))
            self.results = Topic(self.at.kafka, self._topic_name("results", "command-results"))
            self.dead_letters = Topic(self.at.kafka, self._topic_name("dead_letter", "commands-dead-letter"))
            if wait_ready:
                eventually(START_DEADLINE, self.is_ready, "/health/ready")
        except BaseException:
            self.process.kill()
            print(self.log_text())
            raise

    def _topic_name(self, key, default):
        return self._overrides.get(f"kafka.{key}_topic", default)

    def _listening(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the gateway ended with {self.process.returncode}:\n{self.log_text()}")
        found = self.log(message="listening")
        return found and Listening.from_log(found[0])

    # What it says.

    def log_text(self):
        return self._log_file.read_text(errors="replace")

    def log(self, **fields):
        """The log lines with these fields, as objects; every line must be one."""
        complete = self.log_text().rpartition("\n")[0].splitlines()
        lines = [json.loads(line) for line in complete if line.strip()]
        return [line for line in lines if all(line.get(name) == value for name, value in fields.items())]

    def log_about(self, charge_point):
        """The log lines that name the charge point, in whatever field."""
        return [line for line in self.log() if charge_point in line.values()]

    def sanitizer_reports(self):
        return [line for line in self.log_text().splitlines() if _SANITIZER.search(line)]

    # What it answers.

    def get(self, path, base=None, **options):
        return httpx.get((base or self.at.api) + path, trust_env=False, timeout=10, **options)

    def is_ready(self):
        return self.get("/health/ready").status_code == 200

    def metric(self, name, **labels):
        """A counter's or gauge's sum over all samples that carry these labels; None where there is no sample."""
        values = [value for labels_of, value in self.samples(name) if labels.items() <= labels_of.items()]
        return sum(values) if values else None

    def samples(self, name):
        page = self.get("/metrics", base=self.at.metrics).text
        for labels, value in re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", page, re.MULTILINE):
            yield dict(re.findall(r'(\w+)="([^"]*)"', labels)), float(value)

    # What the system knows of it.

    def resident_bytes(self):
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    def limit_descriptors(self, count):
        """Changes the soft limit of open descriptors while it runs; returns the old one."""
        old, hard = resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (count, hard))
        return old

    def open_descriptors(self):
        return open_descriptors(self.process.pid)

    # Its end.

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """Asks it to stop and returns the exit code."""
        if self.process.poll() is None:
            self.terminate()
        try:
            return self.process.wait(START_DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            raise AssertionError(f"still running {START_DEADLINE} s after SIGTERM:\n{self.log_text()}") from None

    def finish(self):
        """The end of every test: it stops cleanly and no sanitizer had anything to say."""
        code = self.stop()
        assert not self.sanitizer_reports(), self.log_text()
        assert code == 0, f"exit code {code}:\n{self.log_text()}"
