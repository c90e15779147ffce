"""Both crowds, the one in C and the one in Python, watch a server that does what it is told."""

import base64
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import eventually

from .compiler import built_programs
from .crowd import Crowd, CrowdError, Group, Seen, crowd
from .kind import KINDS, Kind
from .stamp import Picture
from .target import Target

OK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
UPGRADE = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
PING = b"\x89\x04beat"
STATUS = b'\x81\x0f{"op":"status"}'
KIND = {kind.name: kind for kind in KINDS}


@pytest.fixture(scope="module", params=["C", "Python"])
def program(request: pytest.FixtureRequest) -> Iterator[Path | None]:
    if request.param == "Python":
        yield None
        return
    with built_programs() as programs:
        if programs is None:
            pytest.skip("needs a C compiler")
        yield programs.load


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def message(data: bytes) -> bytes:
    return b"\x82\x7e" + struct.pack("!H", len(data)) + data


def part(jpeg: bytes) -> bytes:
    return b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (
        len(jpeg),
        jpeg,
    )


def event(jpeg: bytes) -> bytes:
    picture = base64.b64encode(jpeg)
    return b"id: 1\nevent: image-update\ndata: data:image/jpg;base64," + picture + b"\n\n"


#: How each kind begins, and how it sends a picture with something between two of them.
STREAMS: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "mjpeg": (OK, lambda jpeg: chunk(part(jpeg))),
    "events": (OK, lambda jpeg: chunk(event(jpeg)) + chunk(b": nothing new\n\n")),
    "socket": (UPGRADE, lambda jpeg: message(jpeg) + PING),
    "live": (UPGRADE, lambda jpeg: STATUS + message(struct.pack("<IQQ", 1, 99, 0) + jpeg)),
}


class Told:
    """A server for one viewer; what it reads is kept in `heard`."""

    def __init__(self) -> None:
        self.heard = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._accepted = threading.Event()
        self._connection: socket.socket | None = None
        self._thread = threading.Thread(target=self._read)

    @property
    def target(self) -> Target:
        return Target(0, self._listener.getsockname()[1], ())

    @contextmanager
    def running(self, first: bytes) -> Iterator["Told"]:
        """Answer with `first`, then with what `send` is given."""
        self._first = first
        self._thread.start()
        try:
            yield self
        finally:
            self._thread.join(10)
            self._listener.close()

    def _read(self) -> None:
        self._listener.settimeout(10)
        connection, _ = self._listener.accept()
        with connection:
            self._connection = connection
            connection.settimeout(10)
            self.heard = connection.recv(4096)
            connection.sendall(self._first)
            while data := connection.recv(4096):
                self.heard += data

    def send(self, data: bytes, step: int) -> None:
        """In pieces of `step` bytes."""
        assert self._connection is not None
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), step):
            self._connection.sendall(data[start : start + step])


def seen_when(viewers: Crowd, holds: Callable[[Seen], bool]) -> Seen:
    """The report, once it is as expected."""
    reports: list[Seen] = []

    def asked() -> bool:
        reports[:] = viewers.report()
        return holds(reports[0])

    eventually(asked, 10)
    return reports[0]


@pytest.mark.parametrize("step", [1, 7, 4096])
@pytest.mark.parametrize("kind", STREAMS)
def test_frames_are_counted_however_they_come(program: Path | None, kind: str, step: int) -> None:
    head, encoded = STREAMS[kind]
    picture = Picture(401)
    first, *others = [encoded(picture.stamped(0, number, 1)) for number in (1, 1, 2, 5, 4, 6)]
    with (
        Told().running(head + first) as server,
        crowd(program, server.target, [Group(KIND[kind], 1)]) as viewers,
    ):
        viewers.start()
        server.send(b"".join(others), step)
        seen = seen_when(viewers, lambda seen: seen.frames == 3)
        assert (seen.repeats, seen.missed, seen.backward) == (1, 2, 1)
        assert (seen.least, seen.most, seen.lost) == (3, 3, 0)
        assert seen.bytes >= 5 * 401
        assert seen.oldest > 0  # since the machine started
        assert len(viewers.ages()[0]) == 3


def test_a_live_viewer_acknowledges(program: Path | None) -> None:
    head, encoded = STREAMS["live"]
    with (
        Told().running(head + encoded(Picture(401).stamped(0, 1, 1))) as server,
        crowd(program, server.target, [Group(KIND["live"], 1)]),
    ):
        eventually(lambda: b'{"op": "ack", "camera": 1, "seq": 99}' in server.heard, 10)


def test_a_reader_reads_no_faster_than_it_should(program: Path | None) -> None:
    head, encoded = STREAMS["mjpeg"]
    picture = Picture(20_000)
    sent_at = time.monotonic_ns()
    frames = [encoded(picture.stamped(sent_at, number, 1)) for number in range(1, 9)]
    with (
        Told().running(head + frames[0]) as server,
        crowd(program, server.target, [Group(KIND["mjpeg"], 1, 1, 400_000, 4096)]) as viewers,
    ):
        viewers.start()
        server.send(b"".join(frames[1:]), 4096)
        seen_when(viewers, lambda seen: seen.frames == 7)
        ages = viewers.ages()[0]
    # 20 kB at 400 kB/s: one frame every 50 ms, six of them after the first.
    assert ages[-1] - ages[0] > 0.2


@pytest.mark.parametrize("kind", [KIND["mjpeg"], KIND["socket"]], ids=lambda kind: kind.name)
def test_a_refusal_is_told(program: Path | None, kind: Kind) -> None:
    with (
        Told().running(b"HTTP/1.1 404 Not Found\r\n\r\nno") as server,
        pytest.raises(CrowdError, match="refused with status 404"),
        crowd(program, server.target, [Group(kind, 1)]),
    ):
        pytest.fail("nobody can watch")
