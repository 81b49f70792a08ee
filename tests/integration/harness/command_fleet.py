"""Simulated charge points that obey, or are slow, silent, refusing or gone, and the journal of what they did."""

import json
import subprocess

from .command_history import Frame, seconds
from .gateway import BUILD
from .waiting import eventually


class Fleet:
    """Charge points `PREFIX00001` and following; `options` are the simulator's."""

    def __init__(self, folder, charge_points_url, prefix, count, **options):
        self.ids = [f"{prefix}{number:05}" for number in range(1, count + 1)]
        self._journal = folder / f"{prefix}journal.jsonl"
        self._output = folder / f"{prefix}simulator.log"
        arguments = {
            "url": charge_points_url + "/ocpp",
            "count": count,
            "id-prefix": prefix,
            "command-journal": self._journal,
        } | options
        command = [str(part) for name, value in arguments.items() for part in ("--" + name.replace("_", "-"), value)]
        with self._output.open("wb") as out:
            self._process = subprocess.Popen(
                [BUILD / "charge-point-simulator", "--quiet", *command], stdout=out, stderr=out
            )

    def leave(self, deadline=60):
        """Asks everybody to leave; what they did is in the journal then."""
        self._process.terminate()
        try:
            self._process.wait(deadline)
        finally:
            self.kill()

    def kill(self):
        self._process.kill()
        self._process.wait()

    def output(self):
        return self._output.read_text()

    def resident_bytes(self):
        with open(f"/proc/{self._process.pid}/statm") as file:
            return int(file.read().split()[1]) * 4096

    def journal(self):
        return Journal(self._journal)


class Journal:
    """What a fleet's journal tells: the frames that were read, and when connections ended."""

    def __init__(self, path):
        self.frames = []
        self.ends = {}
        self._open = {}  # (charge point, message id) → frame
        with path.open() as lines:
            for line in lines:
                self._take(json.loads(line))

    def _take(self, line):
        at, charge_point, what = seconds(line["at"]), line["chargePoint"], line["what"]
        if what == "received":
            frame = Frame(charge_point, line["action"], line["payload"], line["messageId"], at)
            self.frames.append(frame)
            self._open[charge_point, frame.message_id] = frame
        elif what == "disconnected":
            self.ends.setdefault(charge_point, []).append(at)
            for message_id in line["unanswered"]:
                self._did(charge_point, message_id, what, at, None)
        elif what != "connected":
            self._did(charge_point, line["messageId"], what, at, line.get("answer"))

    def _did(self, charge_point, message_id, deed, at, answer):
        frame = self._open.pop((charge_point, message_id))
        frame.deed, frame.answer, frame.done_at = deed, answer, at


def all_connected(gateway, fleets, deadline=60):
    count = sum(len(fleet.ids) for fleet in fleets)
    eventually(deadline, lambda: gateway.metric("gateway_active_connections") == count, f"{count} charge points are connected")
