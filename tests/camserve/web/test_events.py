"""`/cameras/{id}/events`: pictures and statuses as server-sent events."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from camserve.web import event_stream
from camserve.web.streams import StreamKind
from camserve.wire import jpeg_dimensions
from tests.camserve.web.http_viewer import HttpViewer, described, fetch, http_viewer, until
from tests.camserve.web.online_camera import drawn, online
from tests.serving import RunningServer, jpeg, running_server

TARGET = "/cameras/1/events"


async def status(viewer: HttpViewer) -> dict[str, object]:
    """The next event, which has to be a status."""
    first, second, third, *rest = (await viewer.chunk()).split(b"\n")
    assert (first, second, rest) == (b"retry: 2000", b"event: status", [b"", b""])
    value = json.loads(third.removeprefix(b"data: "))
    assert isinstance(value, dict)
    return value


async def image(viewer: HttpViewer) -> tuple[int, bytes]:
    """The next event, which has to be an update: sequence number and picture."""
    first, second, third, *rest = (await viewer.chunk()).split(b"\n")
    assert (second, rest) == (b"event: image-update", [b"", b""])
    assert third.startswith(b"data: data:image/jpg;base64,")
    return int(first.removeprefix(b"id: ")), base64.b64decode(third.partition(b",")[2])


async def test_every_byte_of_a_stream(server: RunningServer) -> None:
    async with online(server, jpeg(b"one")) as publisher, http_viewer(server) as viewer:
        head = await viewer.ask(TARGET)
        assert (head.status, head["content-type"]) == (200, "text/event-stream")
        assert (head["cache-control"], head["x-accel-buffering"]) == ("no-store", "no")
        at = str((await described(server))["last_active"])
        assert await viewer.chunk() == (
            b'retry: 2000\nevent: status\ndata: {"camera": 1, "name": "camera 1", '
            b'"state": "online", "last_active": "%b", "controls": ["move"]}\n\n' % at.encode()
        )
        snapshot = await fetch(server, "/cameras/1/snapshot.jpg")
        sequence = int(snapshot.head["x-frame-sequence"])
        for number, content in enumerate((b"one", b"two", b"three")):
            if number:
                await publisher.send(jpeg(content))
            data = base64.b64encode(jpeg(content))
            assert await viewer.chunk() == (
                b"id: %d\nevent: image-update\ndata: data:image/jpg;base64,%b\n\n"
                % (sequence + number, data)
            )


async def test_statuses_tell_of_loss_and_return(tmp_path: Path) -> None:
    async with running_server(tmp_path, stale_after=0.3) as server, http_viewer(server) as viewer:
        async with online(server, jpeg(0)):
            await viewer.ask(TARGET)
            assert (await status(viewer))["state"] == "online"
            assert (await image(viewer))[1] == jpeg(0)
            assert (await status(viewer))["state"] == "stale"
        assert (await status(viewer))["state"] == "offline"
        server.registry.change(1, name="renamed")
        assert (await status(viewer))["name"] == "renamed"
        async with server.publisher(server.cameras[0]) as publisher:
            assert (await status(viewer))["state"] == "stale"
            await publisher.send(jpeg(1))
            chunks = [await viewer.chunk() for _ in range(2)]
            assert sum(b'"state": "online"' in chunk for chunk in chunks) == 1
            assert sum(base64.b64encode(jpeg(1)) in chunk for chunk in chunks) == 1


async def test_no_status_on_the_old_route(server: RunningServer) -> None:
    async with online(server, jpeg(0)) as publisher, http_viewer(server) as viewer:
        await viewer.ask("/stream-image?cameraId=1")
        assert (await viewer.chunk()).startswith(b"event: image-update\n")
        server.registry.change(1, name="renamed")
        await until(server, lambda camera: camera["name"] == "renamed")
        await publisher.send(jpeg(1))
        assert (await viewer.chunk()).startswith(b"event: image-update\n")


async def test_a_width(server: RunningServer) -> None:
    async with online(server, drawn()), http_viewer(server) as viewer:
        await viewer.ask(f"{TARGET}?width=160")
        await status(viewer)
        sequence, small = await image(viewer)
        assert jpeg_dimensions(small) == (160, 120)
        snapshot = await fetch(server, "/cameras/1/snapshot.jpg")
        assert sequence == int(snapshot.head["x-frame-sequence"])


@pytest.mark.parametrize("query", ["", "?fps=0.01"])
async def test_comments_come_in_silence_even_if_only_this_viewer_hears_nothing(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    new = event_stream.NEW.encoding
    assert max(new.first_repeat, new.next_repeats) <= 15
    quick = replace(new, first_repeat=0.05, next_repeats=0.05)
    monkeypatch.setattr(event_stream, "NEW", StreamKind("text/event-stream", quick))
    async with online(server, jpeg(0)) as publisher, http_viewer(server) as viewer:
        await viewer.ask(TARGET + query)
        await status(viewer)
        await image(viewer)
        for number in range(3):
            if query:
                await publisher.send(jpeg(number))
            comment = await viewer.chunk()
            assert comment.startswith(b":")
            assert comment.endswith(b"\n\n")


async def test_it_ends_properly_when_its_camera_is_removed(server: RunningServer) -> None:
    async with online(server, jpeg(0)), http_viewer(server) as viewer:
        await viewer.ask(TARGET)
        await status(viewer)
        await image(viewer)
        server.registry.remove(1)
        while await viewer.chunk():
            pass
        assert (await viewer.answer(TARGET)).status == 404
