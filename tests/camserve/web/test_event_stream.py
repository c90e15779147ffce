import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import trio

from camserve.web import event_stream
from camserve.web.streams import StreamKind
from tests.camserve.web.http_viewer import HttpViewer, http_viewer, until
from tests.serving import RunningServer, TestPublisher, jpeg

TARGET = "/stream-image?cameraId=1"


def event(picture: bytes) -> bytes:
    return (
        b"event: image-update\ndata: data:image/jpg;base64," + base64.b64encode(picture) + b"\n\n"
    )


@asynccontextmanager
async def watched(
    server: RunningServer, target: str, picture: bytes
) -> AsyncIterator[tuple[TestPublisher, HttpViewer]]:
    """A camera that has sent `picture`, and a viewer who has the head of a stream."""
    async with server.publisher(server.cameras[0]) as publisher, http_viewer(server) as viewer:
        await publisher.send(picture)
        await until(server, lambda camera: camera["state"] == "online")
        await viewer.ask(target)
        yield publisher, viewer


@pytest.mark.parametrize("prefix", ["", "/camera"])
@pytest.mark.parametrize("query", ["cameraId=1", "x=y&CAMERAID=1&UPDATEDELAY=0"])
async def test_every_byte_of_a_stream(server: RunningServer, prefix: str, query: str) -> None:
    target = f"{prefix}/stream-image?{query}"
    async with watched(server, target, jpeg(b"1")) as (publisher, viewer):
        head = viewer.head
        assert head.status == 200
        assert head["content-type"] == "text/event-stream"
        assert head["cache-control"] == "no-store"
        assert head["x-accel-buffering"] == "no"
        assert head["access-control-allow-origin"] == "*"
        assert "content-length" not in head
        assert await viewer.chunk() == event(jpeg(b"1"))
        for picture in (jpeg(b"\x00\xff"), jpeg(b"3", 100_000)):
            await publisher.send(picture)
            assert await viewer.chunk() == event(picture)


async def test_a_delay_keeps_events_apart(server: RunningServer) -> None:
    async with watched(server, f"{TARGET}&updateDelay=400", jpeg(0)) as (publisher, viewer):
        assert await viewer.chunk() == event(jpeg(0))
        began = trio.current_time()
        for number in range(1, 4):
            await publisher.send(jpeg(number))
        # The newest of them, when it is due.
        assert await viewer.chunk() == event(jpeg(3))
        assert 0.3 < trio.current_time() - began < 2


async def test_a_long_delay_does_not_hold_up_the_end(server: RunningServer) -> None:
    async with watched(server, f"{TARGET}&updateDelay=60000", jpeg(0)) as (_, viewer):
        assert await viewer.chunk() == event(jpeg(0))
        began = trio.current_time()
        server.stop.set()
        while await viewer.chunk():
            pass
        assert trio.current_time() - began < 1


async def test_comments_come_in_silence(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = event_stream.OLD.encoding
    assert max(old.first_repeat, old.next_repeats) <= 15
    quick = replace(old, first_repeat=0.05, next_repeats=0.05)
    monkeypatch.setattr(event_stream, "OLD", StreamKind("text/event-stream", quick))
    async with watched(server, TARGET, jpeg(b"1")) as (publisher, viewer):
        assert await viewer.chunk() == event(jpeg(b"1"))
        for _ in range(2):
            comment = await viewer.chunk()
            assert comment.startswith(b":")
            assert comment.endswith(b"\n\n")
            assert comment.count(b"\n") == 2
        await publisher.send(jpeg(b"2"))
        while (chunk := await viewer.chunk()).startswith(b":"):
            pass
        assert chunk == event(jpeg(b"2"))
