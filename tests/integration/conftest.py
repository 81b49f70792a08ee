"""The fixtures of the integration suite. Programs come from CPG_BUILD_DIR, everything else from ./prepare's caches."""

import sys
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("harness")

from harness.brokers import MockBroker, RealKafka, kafka_settings  # noqa: E402
from harness.charge_point import charge_point  # noqa: E402
from harness.commands import Commands  # noqa: E402
from harness.gateway import Gateway  # noqa: E402
from harness.ocpp_schemas import PublishedSchemas  # noqa: E402
from harness.scene import Scene, Stage  # noqa: E402

LOG_TAIL = 8000  # characters of a gateway's log that a failed test shows
_ids = count(1)


class RunningGateway(Gateway):
    def __init__(self, tmp_path_factory, overrides=None, **options):
        super().__init__(tmp_path_factory.mktemp("gateway"), overrides, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.finish()
        finally:
            self.process.kill()
            print(self.log_text()[-LOG_TAIL:])


@pytest.fixture
def cp_id():
    """An identity that no other test uses."""
    return f"CP-{next(_ids):03}"


@pytest.fixture
def start_gateway(tmp_path_factory):
    """Starts gateways of this test's own; each must stop cleanly at its end."""
    with ExitStack() as running:

        def start(overrides=None, **options):
            return running.enter_context(RunningGateway(tmp_path_factory, overrides, **options))

        yield start


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, request):
    """One embedded gateway for the tests of a file; the file's GATEWAY, where it has one, is what it overrides."""
    with RunningGateway(tmp_path_factory, getattr(request.module, "GATEWAY", None)) as running:
        yield running


@pytest.fixture(scope="module")
def commands(gateway):
    """Commands over Kafka to the charge points of `gateway`."""
    with Commands(gateway) as opened:
        yield opened


@pytest.fixture
def station(gateway, cp_id):
    """A charge point of the test's own, on the gateway of its file."""
    with charge_point(gateway, cp_id) as opened:
        yield opened


@pytest.fixture(scope="session")
def published_schemas():
    return PublishedSchemas()


@pytest.fixture(scope="module")
def stage(gateway, published_schemas):
    opened = Stage(gateway, published_schemas)
    yield opened
    opened.close()


@pytest.fixture
def scene(stage, cp_id):
    """A charge point of the test's own; at the end the log must have told all that happened."""
    opened = Scene(stage, cp_id)
    try:
        yield opened
        opened.ends()
    finally:
        opened.station.close()


@pytest.fixture
def bystander(gateway):
    """A well-behaved charge point: whatever happens to others, it is still answered."""
    with charge_point(gateway, f"bystander-{next(_ids)}") as calm:
        assert calm.call("Heartbeat")
        yield calm
        assert calm.call("Heartbeat")


@pytest.fixture(scope="session")
def _kafka(tmp_path_factory):
    kafka = RealKafka(tmp_path_factory.mktemp("kafka"))
    yield kafka
    kafka.close()


@pytest.fixture
def real_kafka(_kafka):
    """A real Apache Kafka, whole again after every test."""
    yield _kafka
    _kafka.heal()


@pytest.fixture(scope="session")
def _mock():
    broker = MockBroker()
    yield broker
    broker.close()


@pytest.fixture
def mock_broker(_mock):
    """A broker that misbehaves on demand, and no longer after the test."""
    yield _mock
    _mock.heal()


@pytest.fixture(params=["mock", "kafka"])
def broker(request):
    """The same test with both brokers."""
    return request.getfixturevalue("mock_broker" if request.param == "mock" else "real_kafka")


@pytest.fixture
def settings_for(tmp_path):
    """The configuration for an external broker, with topics that no other test uses."""

    def settings(broker, **overrides):
        return kafka_settings(tmp_path, broker, next(_ids)) | overrides

    return settings


@pytest.fixture(params=["embedded", "kafka"])
def log_gateway(request, start_gateway, settings_for):
    """A gateway on either kind of broker."""
    if request.param == "embedded":
        return start_gateway()
    return start_gateway(settings_for(request.getfixturevalue("real_kafka")))


@pytest.fixture(scope="session")
def shared():
    """A file of the folder beside the repository; a clone has none, and the test says so."""

    def find(path):
        file = Path(__file__).parents[3] / "shared" / path
        if not file.exists():
            pytest.skip(f"{path} is not here: the examples live beside the repository, not in it")
        return file

    return find
