"""What is measured: processes that take frames and serve viewers."""

import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from camserve.wire import ClientConnection
from tests.processes import Program, environment, python, ready, register
from tests.raw_websocket import frame, handshake

from .feeder import Sink

TIMEOUT = 10.0  # seconds; far more than any answer takes


class TargetError(Exception):
    """What is to be measured does not run; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A running process.

    port: where viewers connect, on 127.0.0.1
    sinks: one for each camera; cameras count from 1
    """

    pid: int
    port: int
    sinks: tuple[Sink, ...]


@contextmanager
def running_floor(program: Path) -> Iterator[Target]:
    """The C program of floor.c; it has one camera."""
    with subprocess.Popen(
        [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), bufsize=0
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        pipe = process.stdin

        def send(jpeg: bytes) -> None:
            left = memoryview(struct.pack("<i", len(jpeg)) + jpeg)
            while left:
                left = left[pipe.write(left) :]

        try:
            yield Target(process.pid, int(process.stdout.readline()), (send,))
        finally:
            process.kill()


@contextmanager
def running_server(cameras: int = 1) -> Iterator[Target]:
    """A real `camserve run` with a new data directory, its cameras connected."""
    with TemporaryDirectory(prefix="camserve-bench-") as directory, ExitStack() as stack:
        tokens = register(Path(directory), *(f"camera {n + 1}" for n in range(cameras)))
        where = ("--data-dir", directory, "--host", "127.0.0.1", "--port", "0")
        program = Program(
            python("camserve", "run", *where, "--ingest-port", "0", "--log-level", "warning")
        )
        stack.callback(_end, program)
        try:
            server = ready(program)
        except AssertionError as error:
            raise TargetError(f"the server did not start:\n{program.err.text}") from error
        sinks = tuple(stack.enter_context(_camera(server.ingest_port, *who)) for who in tokens)
        yield Target(program.process.pid, server.http_port, sinks)


def _end(program: Program) -> None:
    try:
        program.stop(timeout=TIMEOUT)
    finally:
        program.process.kill()
        program.wait()


@contextmanager
def _camera(port: int, camera_id: int, token: str) -> Iterator[Sink]:
    """A camera's connection; it never reads, as some old cameras do."""
    wire = ClientConnection()
    with socket.create_connection(("127.0.0.1", port), TIMEOUT) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(handshake())
        answer = b""
        while b"\r\n\r\n" not in answer:
            if not (data := connection.recv(4096)):
                raise TargetError("the server refused a camera")
            answer += data
        connection.sendall(frame(wire.send_hello(camera_id, token)))
        yield lambda jpeg: connection.sendall(frame(wire.send_frame(jpeg)))


def status_of(target: Target, request: bytes) -> int:
    """The status that the target answers a request with; what follows is not read."""
    with socket.create_connection(("127.0.0.1", target.port), TIMEOUT) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as answer:
            return int(answer.readline().split()[1])
