"""The Autobahn testsuite against an echo server made from the gateway's own connections and codec."""

import json
import signal
import subprocess

import pytest

from harness.gateway import BUILD

SUITE_SECONDS = 240  # it takes about 15, most of it fixed waits; what has not run by then counts as failed
INFORMATIONAL = {"7.1.6", "7.13.1", "7.13.2"}  # RFC 6455 says nothing of these, so the suite judges no answer


@pytest.fixture
def echo_url(tmp_path):
    """Of a running `websocket-echo`. Its upgrade is the gateway's: it wants a charge point's path."""
    log = tmp_path / "echo.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen([BUILD / "websocket-echo", "0"], stdout=subprocess.PIPE, stderr=stderr, text=True)
    try:
        port = process.stdout.readline().removeprefix("listening ").strip()
        yield f"ws://127.0.0.1:{port}/ocpp/autobahn"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, f"the end is where a leak is found:\n{log.read_text()[-4000:]}"
    finally:
        process.kill()


@pytest.fixture
def run_suite(shared, tmp_path):
    """Runs the suite's sections 1-7, 9 and 10 against a server; its judgement of each case."""
    program = shared("autobahn/run")

    def run(url):
        command = [program, "--url", url, "--with-limits", "--max-time", str(SUITE_SECONDS), "--out", tmp_path / "report"]
        suite = subprocess.run(command, capture_output=True, text=True)
        if "needs CPython 2.7" in suite.stderr:
            pytest.skip("the Autobahn testsuite needs a Python 2.7, and there is none here")
        print(suite.stdout, suite.stderr)
        assert suite.returncode == 0
        cases = json.loads((tmp_path / "report" / "summary.json").read_text())["cases"]
        return {case: result["verdict"] for case, result in cases.items()}

    return run


def test_every_case_of_the_suite_passes_strictly(run_suite, echo_url):
    verdicts = run_suite(echo_url)
    assert len(verdicts) == 301
    assert {case for case, verdict in verdicts.items() if verdict != "ok"} == INFORMATIONAL
