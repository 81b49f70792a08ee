"""Charge points that others wrote. Each is a context with call(action, payload) → the answer's payload."""

import asyncio
import json
import os
import subprocess
from dataclasses import asdict
from pathlib import Path

import ocpp.charge_point as ocpp_names
import ocpp.v16
from websockets.asyncio.client import connect

from .brokers import CACHE

_SCRIPT = Path(__file__).parents[1] / "clients" / "ocpp-rpc.cjs"


class NpmOcppRpc:
    """npm ocpp-rpc in strict mode: it checks every answer against the official schemas."""

    def __init__(self, endpoint, identity):
        self._command = ["node", _SCRIPT, endpoint, identity]

    def __enter__(self):
        environment = os.environ | {"NODE_PATH": f"{CACHE}/npm/node_modules"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self._node = subprocess.Popen(self._command, env=environment, **pipes)
        return self

    def call(self, action, payload):
        self._node.stdin.write(json.dumps([action, payload]) + "\n")
        line = self._node.stdout.readline()
        assert line, "the client ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["response"]

    def __exit__(self, *_):
        self._node.stdin.close()  # it hangs up and ends
        assert self._node.wait(10) == 0


class PypiOcpp:
    """PyPI ocpp, which checks both ways as well. Its loop runs while a call is under way."""

    def __init__(self, endpoint, identity):
        self._url = f"{endpoint}/{identity}"
        self._identity = identity

    def __enter__(self):
        self._runner = asyncio.Runner()
        self._runner.run(self._connect())
        return self

    async def _connect(self):
        self._socket = await connect(self._url, subprotocols=["ocpp1.6"], proxy=None)
        self._station = ocpp.v16.ChargePoint(self._identity, self._socket, response_timeout=10)
        self._listening = asyncio.create_task(self._station.start())

    def call(self, action, payload):
        request = getattr(ocpp.v16.call, action)(**ocpp_names.camel_to_snake_case(payload))
        response = self._runner.run(self._station.call(request, suppress=False))
        return ocpp_names.snake_to_camel_case(ocpp_names.remove_nones(asdict(response)))

    def __exit__(self, *_):
        self._listening.cancel()
        self._runner.run(self._socket.close())
        self._runner.close()


CLIENTS = {"npm ocpp-rpc": NpmOcppRpc, "PyPI ocpp": PypiOcpp}
