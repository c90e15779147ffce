import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from camserve import logs
from camserve.cli import main
from tests.certificates import authority

__all__ = ["authority"]


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line that a failing command prints, without its beginning."""
        assert self.out == ""
        assert self.err.startswith("camserve: ")
        assert self.err.count("\n") == 1
        assert self.err.endswith("\n")
        return self.err.removeprefix("camserve: ").removesuffix("\n")


Run = Callable[..., Outcome]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def camserve(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs a command in this process; `data_dir` is its data directory unless told otherwise."""
    monkeypatch.setenv("CAMSERVE_DATA_DIR", str(data_dir))

    def run(*words: str) -> Outcome:
        capsys.readouterr()
        try:
            status = main(words)
        except SystemExit as stop:
            status = int(stop.code or 0)
        out, err = capsys.readouterr()
        return Outcome(status, out, err)

    return run


@pytest.fixture(autouse=True)
def _keep_logging_as_it_was() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (None, *logs.OWN_LOGGERS)]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
