"""Charge points that others wrote. Each is a context with

call(action, payload) → the answer's payload,
answers(action, payload): how calls of this action that come from now on are answered, at any time,
served: the calls that came, as (action, payload).
"""

import asyncio
import json
import os
import queue
import subprocess
import threading
from dataclasses import asdict
from pathlib import Path

import ocpp.charge_point as ocpp_names
import ocpp.v16
from websockets.asyncio.client import connect

from .brokers import CACHE

_SCRIPT = Path(__file__).parents[1] / "clients" / "ocpp-rpc.cjs"
_PATIENCE = 15  # seconds for whatever a client does


class NpmOcppRpc:
    """npm ocpp-rpc in strict mode: it checks calls and answers of both sides against the official schemas."""

    def __init__(self, endpoint, identity):
        self._command = ["node", _SCRIPT, endpoint, identity]
        self._replies = queue.SimpleQueue()
        self.served = []

    def __enter__(self):
        environment = os.environ | {"NODE_PATH": f"{CACHE}/npm/node_modules"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self._node = subprocess.Popen(self._command, env=environment, **pipes)
        self._listening = threading.Thread(target=self._listen)
        self._listening.start()
        return self

    def _listen(self):
        for text in self._node.stdout:
            line = json.loads(text)
            if "served" in line:
                self.served.append(tuple(line["served"]))
            else:
                self._replies.put(line)
        self._replies.put({"error": "the client ended"})

    def _ask(self, **line):
        self._node.stdin.write(json.dumps(line) + "\n")
        reply = self._replies.get(timeout=_PATIENCE)
        assert "error" not in reply, reply["error"]
        return reply

    def call(self, action, payload):
        return self._ask(call=[action, payload])["response"]

    def answers(self, action, payload):
        self._ask(answer=[action, payload])

    def __exit__(self, *_):
        self._node.stdin.close()  # it hangs up and ends
        assert self._node.wait(10) == 0
        self._listening.join()


class PypiOcpp:
    """PyPI ocpp, which checks both ways as well. Its loop has a thread of its own."""

    def __init__(self, endpoint, identity):
        self._url = f"{endpoint}/{identity}"
        self._identity = identity
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.served = []

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_PATIENCE)

    def __enter__(self):
        self._thread.start()
        self._run(self._connect())
        return self

    async def _connect(self):
        self._socket = await connect(self._url, subprotocols=["ocpp1.6"], proxy=None)
        self._station = ocpp.v16.ChargePoint(self._identity, self._socket, response_timeout=10)
        self._listening = asyncio.create_task(self._station.start())

    def call(self, action, payload):
        request = getattr(ocpp.v16.call, action)(**ocpp_names.camel_to_snake_case(payload))
        response = self._run(self._station.call(request, suppress=False))
        return ocpp_names.snake_to_camel_case(ocpp_names.remove_nones(asdict(response)))

    def answers(self, action, payload):
        answer = getattr(ocpp.v16.call_result, action)(**ocpp_names.camel_to_snake_case(payload))

        def serve(**request):
            self.served.append((action, ocpp_names.snake_to_camel_case(request)))
            return answer

        self._station.route_map[action] = {"_on_action": serve, "_skip_schema_validation": False}

    def __exit__(self, *_):
        self._run(self._disconnect())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _disconnect(self):
        self._listening.cancel()
        await self._socket.close()


CLIENTS = {"npm ocpp-rpc": NpmOcppRpc, "PyPI ocpp": PypiOcpp}
