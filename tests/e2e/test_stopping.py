"""SIGTERM and SIGINT end a real server in time, whatever its viewers do."""

import ctypes
import fcntl
import signal
import socket
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.e2e.clients import curl, get, needs_curl, old_viewer, socket_pictures
from tests.processes import (
    PATIENCE,
    RealServer,
    camclient,
    environment,
    eventually,
    python,
    real_server,
    register,
    running,
)

#: About 200 kB a frame: more than the kernel takes in for someone who does not read.
BIG = ("--source", "test:1", "--width", "1920", "--height", "1440", "--quality", "97")
STREAMS = ("/cameras/1/stream.mjpg", "/stream-image?cameraId=1")
SIGNALS = [signal.SIGTERM, signal.SIGINT]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    """Serves camera 1, a real one with big pictures that goes on trying when the server ends."""
    ((camera_id, token),) = register(tmp_path / "data", "big")
    with (
        real_server(tmp_path / "data") as server,
        running(camclient(server.ingest, camera_id, token, *BIG)),
    ):
        eventually(lambda: get(server.url("/get-image?cameraId=1"))[0] == 200)
        yield server


@contextmanager
def silent_viewer(server: RealServer, path: str) -> Iterator[socket.socket]:
    """Asks for a stream and reads nothing of it."""
    with socket.create_connection((server.host, server.http_port)) as viewer:
        viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        viewer.sendall(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
        yield viewer


def wait_until_stalled(server: RealServer, viewer: socket.socket) -> None:
    """Until frames pass by without one more byte for this viewer."""

    def waiting_bytes() -> int:
        answer = fcntl.ioctl(viewer, termios.FIONREAD, b"\0" * 4)
        return int(struct.unpack("i", answer)[0])

    eventually(waiting_bytes)

    def nothing_more_comes() -> bool:
        before = waiting_bytes()
        pictures: set[bytes] = set()

        def frames_pass() -> bool:
            pictures.add(get(server.url("/get-image?cameraId=1"))[1])
            return len(pictures) > 3

        eventually(frames_pass)
        return waiting_bytes() == before

    eventually(nothing_more_comes)


def vanish(viewer: socket.socket) -> None:
    """From now on the kernel throws away what comes for this socket, before it acknowledges it.

    To the server this is a machine that lost its power: no answer, no FIN, no RST.
    """
    drop_all = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF: ret 0
    program = struct.pack("HP", 1, ctypes.addressof(drop_all))
    viewer.setsockopt(socket.SOL_SOCKET, 26, program)  # SO_ATTACH_FILTER, socket(7)


@needs_curl
@pytest.mark.parametrize("number", SIGNALS)
def test_with_stalled_slow_and_vanished_viewers(server: RealServer, number: signal.Signals) -> None:
    with ExitStack() as viewers:
        stalled = [viewers.enter_context(silent_viewer(server, path)) for path in STREAMS]
        vanished = [viewers.enter_context(silent_viewer(server, path)) for path in STREAMS]
        for path in STREAMS:
            slow = viewers.enter_context(curl("--limit-rate", "20k", server.url(path)))
            assert slow.read(1)
        socket_viewer = viewers.enter_context(old_viewer(server, 1))
        next(socket_pictures(socket_viewer))
        socket_viewer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        vanish(socket_viewer.socket)
        for viewer in vanished:
            vanish(viewer)
        for viewer in stalled:
            wait_until_stalled(server, viewer)
        since = time.monotonic()
        server.program.process.send_signal(number)
        server.program.err.wait_for("stopping")
        status = server.program.stop(number)  # who is impatient changes nothing
        assert time.monotonic() - since < 5
    assert status == 0


@needs_curl
@pytest.mark.parametrize("number", SIGNALS)
def test_with_proper_viewers_it_is_quick_and_streams_end_properly(
    server: RealServer, number: signal.Signals
) -> None:
    with (
        ExitStack() as stack,
        old_viewer(server, 1) as socket_viewer,
        socket.create_connection((server.host, server.http_port)) as idle,
    ):
        idle.sendall(b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n")
        assert idle.recv(4096)
        streams = [
            stack.enter_context(
                subprocess.Popen(
                    ["curl", "-sSN", "--max-time", f"{PATIENCE:g}", server.url(path)],
                    env=environment(),
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            )
            for path in STREAMS
        ]
        for stream in streams:
            assert stream.stdout is not None
            assert stream.stdout.read(1)
        next(socket_pictures(socket_viewer))
        since = time.monotonic()
        server.program.process.send_signal(number)
        # What curl has taken must be taken from curl.
        complaints = [stream.communicate(timeout=PATIENCE)[1] for stream in streams]
        status = server.program.wait()
        assert time.monotonic() - since < 1.5
    assert status == 0
    # To curl a body that is cut is an error: it tells it from one that has ended.
    assert complaints == [b"", b""]
    assert [stream.returncode for stream in streams] == [0, 0]


@pytest.mark.parametrize("number", SIGNALS)
def test_while_it_starts(tmp_path: Path, number: signal.Signals) -> None:
    data_dir = tmp_path / "data"
    words = ("--data-dir", data_dir, "--port", "0", "--ingest-port", "0")
    with running(python("camserve", "run", *words)) as program:
        # It has read its settings then, and listens to nothing yet.
        eventually(data_dir.exists, pause=0)
        assert program.stop(number) == 0
