"""Viewers that others wrote, and readers of what they receive."""

import base64
import json
import shutil
import struct
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.processes import PATIENCE, Program, RealServer, environment, running

needs_curl = pytest.mark.skipif(
    shutil.which("curl") is None, reason="needs the Debian package curl"
)
needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="needs the Debian package ffmpeg"
)


def get(url: str) -> tuple[int, bytes]:
    """Status and body. No third party's client: for questions beside the point of a test."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=PATIENCE) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def states(server: RealServer) -> list[str]:
    """Of all cameras, by id."""
    return [camera["state"] for camera in json.loads(get(server.url("/cameras"))[1])]


@contextmanager
def curl(*words: str) -> Iterator[IO[bytes]]:
    """What curl writes while it runs; it is ended with the block, and by itself in the end."""
    process = subprocess.Popen(
        ["curl", "-sSN", "--max-time", f"{PATIENCE:g}", *words],
        env=environment(),
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        with process.stdout:
            yield process.stdout
    finally:
        process.kill()
        process.wait()


def multipart_pictures(stream: IO[bytes]) -> Iterator[bytes]:
    """The pictures of a stream.mjpg, by the length in each part's head."""
    length = 0
    while line := stream.readline():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        elif line == b"\r\n" and length:
            yield stream.read(length)
            length = 0


def event_pictures(stream: IO[bytes]) -> Iterator[bytes]:
    """The pictures of a stream-image."""
    prefix = b"data: data:image/jpg;base64,"
    for line in stream:
        if line.startswith(prefix):
            yield base64.b64decode(line.removeprefix(prefix).strip(), validate=True)


@contextmanager
def old_viewer(server: RealServer, camera_id: int) -> Iterator[ClientConnection]:
    """Watches on video-output-stream, with the library `websockets`."""
    url = server.ws("/video-output-stream")
    # It waits this long for a close frame, which a server that was killed never sends.
    with connect(url, open_timeout=PATIENCE, close_timeout=1) as socket:
        info = json.dumps({"token": "", "cameraId": camera_id}).encode()
        socket.send(struct.pack("<i", len(info)) + info)
        yield socket


def old_camera(
    url: str, camera_id: int, token: str, pictures: Path
) -> AbstractContextManager[Program]:
    """A publisher of the old kind while the block runs; pictures: a folder with some *.jpg"""
    script = str(Path(__file__).with_name("old_camera.py"))
    return running([sys.executable, script, url, str(camera_id), token, str(pictures)])


def socket_pictures(socket: ClientConnection) -> Iterator[bytes]:
    while True:
        message = socket.recv(timeout=PATIENCE)
        assert isinstance(message, bytes)
        yield message
