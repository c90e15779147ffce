import signal
import sys
from pathlib import Path
from types import ModuleType

import pytest

from camserve.config import Config
from camserve.running import StartError

from .conftest import Run


class FakeServer:
    """Stands for camserve.server and camserve.demo: notes what it was started with."""

    def __init__(self) -> None:
        self.config: Config | None = None
        self.keep_data: bool | None = None
        self.error: Exception | None = None
        self.signal: signal.Signals | None = None

    def main(self, config: Config, keep_data: bool | None = None) -> None:
        self.config, self.keep_data = config, keep_data
        if self.error is not None:
            raise self.error
        if self.signal is not None:
            signal.raise_signal(self.signal)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    fake = FakeServer()
    for name in ("camserve.server", "camserve.demo"):
        module = ModuleType(name)
        vars(module).update(main=fake.main, StartError=StartError)
        monkeypatch.setitem(sys.modules, name, module)
    return fake


def test_run(camserve: Run, server: FakeServer, data_dir: Path) -> None:
    outcome = camserve("run", "--port", "0")
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
    assert server.config is not None
    assert (server.config.port, server.config.data_dir) == (0, data_dir)
    assert data_dir.is_dir()


def test_demo_keeps_its_data_where_someone_said_so(
    camserve: Run, server: FakeServer, data_dir: Path
) -> None:
    assert camserve("demo").status == 0
    assert server.keep_data is True
    assert data_dir.is_dir()


def test_demo_keeps_nothing_otherwise(
    camserve: Run, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CAMSERVE_DATA_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert camserve("demo").status == 0
    assert server.keep_data is False
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("word", ["run", "demo"])
def test_a_server_that_cannot_start(camserve: Run, server: FakeServer, word: str) -> None:
    server.error = StartError("port 8000 is in use")
    outcome = camserve(word)
    assert outcome.status == 1
    assert outcome.complaint == "port 8000 is in use"
    server.error = StartError("no such database", is_misuse=True)
    assert camserve(word).status == 2


@pytest.mark.parametrize(
    ("word", "complaint"),
    [
        ("run", "'camserve run' needs the server extra: pip install \"camserve[server]\""),
        (
            "demo",
            "'camserve demo' needs the server and camera extras: "
            'pip install "camserve[server,camera]"',
        ),
    ],
)
def test_a_missing_library(camserve: Run, server: FakeServer, word: str, complaint: str) -> None:
    server.error = ModuleNotFoundError("No module named 'quart.x'", name="quart.x")
    outcome = camserve(word)
    assert outcome.status == 1
    assert outcome.complaint == complaint


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("word", ["run", "demo"])
def test_a_signal_before_the_server_listens_for_it(
    camserve: Run, server: FakeServer, word: str, number: signal.Signals
) -> None:
    server.signal = number
    before = signal.getsignal(number)
    outcome = camserve(word)
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
    assert signal.getsignal(number) is before
