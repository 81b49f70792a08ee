"""Many charge points that send meter readings at a steady rate, each one reading after the other.

They behave as real ones: no answer, no next reading; hung up on, they come back and send the unanswered one again.
"""

import asyncio
import json
import random
import threading
import time
from itertools import count

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from .charge_point import meter_values
from .waiting import eventually

RETRY = 0.25  # seconds between attempts to connect
_OPTIONS = {"subprotocols": ["ocpp1.6"], "compression": None, "ping_interval": None, "proxy": None}


def readings_of(records):
    """The readings that these records of the topic tell of."""
    payloads = (record.event["data"]["ocpp"]["payload"] for record in records if record.event["type"] == "meter.values")
    return {int(payload["meterValue"][0]["sampledValue"][0]["value"]) for payload in payloads}


class Load:
    def __init__(self, gateway, charge_points, per_second):
        self.url = gateway.at.charge_points + "/ocpp/load-"
        self._charge_points = charge_points
        self.interval = charge_points / per_second
        self.stopping = False
        self._failure = None
        self._thread = threading.Thread(target=self._run)
        self.answered = []  # the readings whose answer came

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        """Every charge point gets its last answer, then they leave."""
        self.stopping = True
        self._thread.join(60)
        assert not self._thread.is_alive(), "some readings are still unanswered"
        if self._failure:
            raise self._failure

    def wait_for_answers(self, count, deadline=60):
        """Waits for so many more answers; returns how many came per second."""
        began, before = time.monotonic(), len(self.answered)
        eventually(deadline, lambda: len(self.answered) >= before + count, f"{count} more answers")
        return (len(self.answered) - before) / (time.monotonic() - began)

    def wait_for_silence(self, seconds, deadline=30):
        """Waits until no answer has come for so long."""
        last, since = len(self.answered), time.monotonic()

        def silent():
            nonlocal last, since
            if len(self.answered) != last:
                last, since = len(self.answered), time.monotonic()
            return time.monotonic() - since >= seconds

        eventually(deadline, silent, f"no answer for {seconds} s")

    def _run(self):
        try:
            asyncio.run(self._all())
        except BaseException as failure:
            self._failure = failure

    async def _all(self):
        async with asyncio.TaskGroup() as group:
            for number in range(1, self._charge_points + 1):
                group.create_task(_Station(self, number).run())


class _Station:
    def __init__(self, load, number):
        self._load = load
        self._url = f"{load.url}{number}"
        self._readings = count(number * 1_000_000)  # no two charge points send the same
        self._unanswered = None

    def _has_more(self):
        return not self._load.stopping or self._unanswered is not None

    async def run(self):
        while self._has_more():
            try:
                async with connect(self._url, **_OPTIONS) as socket:
                    await self._report(socket)
            except (OSError, WebSocketException):
                await asyncio.sleep(RETRY)

    async def _report(self, socket):
        now = asyncio.get_running_loop().time
        due = now() + self._load.interval * random.random()  # spread over the interval
        while self._has_more():
            if self._unanswered is None:
                self._unanswered = next(self._readings)
            message_id = str(self._unanswered)
            await socket.send(json.dumps([2, message_id, "MeterValues", meter_values(self._unanswered)]))
            answer = json.loads(await socket.recv())
            assert answer == [3, message_id, {}], answer
            self._load.answered.append(self._unanswered)
            self._unanswered = None
            await asyncio.sleep(due - now())
            due = max(due + self._load.interval, now())
