"""The load generator of `./dev bench` cannot flatter a server: what waited because the server stood still counts in full."""

import asyncio
import json
import subprocess
import threading

from harness.gateway import BUILD
from websockets.asyncio.server import serve

RATE = 1000  # messages in one second
STALL = 0.5  # seconds, in the measured second


class StallingServer:
    """Answers every message at once, but once stands still for STALL seconds and only then goes on."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._count = 0
        self._server = self._run(self._start())
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/ocpp"
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._server.close()
        self._run(self._server.wait_closed())
        self._loop.close()

    def _run(self, coroutine):
        return self._loop.run_until_complete(coroutine)

    async def _start(self):
        return await serve(self._answer, "127.0.0.1", 0, subprotocols=["ocpp1.6"], compression=None, ping_interval=None)

    async def _answer(self, socket):
        async for message in socket:
            self._count += 1
            if self._count == RATE // 4:
                self._stand_still()
            await socket.send(f'[3,"{json.loads(message)[1]}",{{}}]')

    def _stand_still(self):
        """The whole loop, as a server does that swaps or waits for a disk."""
        threading.Event().wait(STALL)


def test_an_open_loop_charges_a_stalled_server_for_every_message_that_was_due_meanwhile():
    with StallingServer() as server:
        done = subprocess.run(
            [BUILD / "bench-load", "open", "--url", server.url, "--rate", str(RATE), "--connections", "20",
             "--warm-up", "0", "--seconds", "1"],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["sent"] == result["matched"] == RATE, "whatever the server does, every message that was due is sent"
    latencies = [result["latency"][kind] for kind in ("prompt", "meter")]
    assert sum(each["count"] for each in latencies) == RATE
    # Half of the messages were due in the stall, a tenth of all in its first 100 ms.
    for each in latencies:
        assert each["max_ms"] >= 0.8 * STALL * 1000
        assert each["p90_ms"] >= 0.5 * STALL * 1000
