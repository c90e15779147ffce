"""`camserve demo`, as somebody meets it who has just heard of camserve."""

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from cv2.typing import MatLike

from tests.e2e.clients import get, old_viewer, socket_pictures, states
from tests.processes import RealServer, environment, eventually, python, ready, run, running

SIGNALS = [signal.SIGTERM, signal.SIGINT]


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Where the demo makes its temporary directory."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@contextmanager
def demo(temporary: Path, *options: str | Path) -> Iterator[RealServer]:
    words = python("camserve", "demo", "--port", "0", "--ingest-port", "0", *options)
    with running(words, env=environment(TMPDIR=str(temporary))) as program:
        yield ready(program)


def everything_is_online(server: RealServer) -> bool:
    return states(server) == ["online"] * 3


def small(jpeg: bytes) -> MatLike:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return cv2.resize(picture, (64, 48), interpolation=cv2.INTER_AREA).astype(np.float32)


@pytest.mark.parametrize("number", SIGNALS)
def test_three_cameras_that_differ_and_move_and_leave_nothing_behind(
    temporary: Path, number: signal.Signals
) -> None:
    with demo(temporary) as server:
        eventually(lambda: everything_is_online(server), timeout=5)
        cameras = json.loads(get(server.url("/cameras"))[1])
        assert len({camera["name"] for camera in cameras}) == 3
        first = []
        for camera in cameras:
            with old_viewer(server, camera["id"]) as viewer:
                pictures = [small(jpeg) for jpeg in islice(socket_pictures(viewer), 8)]
            # Not the clock alone: it covers a hundredth of the picture.
            assert (np.abs(pictures[-1] - pictures[0]).max(axis=2) > 8).mean() > 0.01
            first.append(pictures[0])
        for one, other in ((0, 1), (0, 2), (1, 2)):
            assert np.abs(first[one] - first[other]).mean() > 20
        assert list(temporary.iterdir())
        assert server.program.stop(number) == 0
    assert list(temporary.iterdir()) == []
    assert server.program.out.text.count("\n") == 2


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_it_starts_leaves_nothing_behind(
    temporary: Path, number: signal.Signals
) -> None:
    words = python("camserve", "demo", "--port", "0", "--ingest-port", "0")
    with running(words, env=environment(TMPDIR=str(temporary))) as program:
        # At once: the moment after the directory was made is the dangerous one.
        eventually(lambda: list(temporary.iterdir()), pause=0)
        assert program.stop(number) == 0
    assert list(temporary.iterdir()) == []


def test_a_named_data_directory_is_kept_and_used_again(temporary: Path, tmp_path: Path) -> None:
    data_dir = tmp_path / "kept"
    tokens = []
    for _ in range(2):
        with demo(temporary, "--data-dir", data_dir) as server:
            eventually(lambda: everything_is_online(server))
            assert server.program.stop() == 0
        listed = run(python("camserve", "camera", "list", "--json", "--data-dir", data_dir))
        assert len(json.loads(listed.stdout)) == 3
        token = run(python("camserve", "camera", "token", "1", "--data-dir", data_dir))
        tokens.append(token.stdout)
    assert tokens[0] == tokens[1]
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("option", ["--port", "--ingest-port"])
def test_a_busy_port_leaves_nothing_behind(temporary: Path, option: str) -> None:
    words = python("camserve", "demo", "--port", "0", "--ingest-port", "0", option)
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        done = run([*words, port], TMPDIR=str(temporary))
    assert done.returncode == 1
    assert f"port {port} on 127.0.0.1 is in use by another program" in done.stderr
    assert f"and {option})\n" in done.stderr
    assert list(temporary.iterdir()) == []
