import time
from dataclasses import replace

import pytest
import trio

from camserve.web import mjpeg
from camserve.web.streams import StreamKind
from tests.camserve.web.http_viewer import fetch, http_viewer, until
from tests.serving import RunningServer, jpeg

TARGET = "/cameras/1/stream.mjpg"


def set_repeats(monkeypatch: pytest.MonkeyPatch, first: float, others: float) -> None:
    encoding = replace(mjpeg.KIND.encoding, first_repeat=first, next_repeats=others)
    monkeypatch.setattr(mjpeg, "KIND", StreamKind(mjpeg.KIND.content_type, encoding))


async def test_every_byte_of_a_stream(server: RunningServer, no_repeats: None) -> None:
    pictures = [jpeg(b"one"), jpeg(b"\r\n--camserveframe\r\n"), jpeg(b"3", 100_000)]
    async with server.publisher(server.cameras[0]) as publisher, http_viewer(server) as viewer:
        await viewer.send(TARGET)
        await publisher.send(pictures[0])
        head = await viewer.read_head()
        assert (head.version, head.status) == ("HTTP/1.1", 200)
        assert head["content-type"] == "multipart/x-mixed-replace; boundary=camserveframe"
        assert head["cache-control"] == "no-store"
        assert head["x-accel-buffering"] == "no"
        assert head["transfer-encoding"] == "chunked"
        assert "content-length" not in head
        times = []
        # `part` checks the rest: each part is one chunk, so one write.
        for number, picture in enumerate(pictures, 1):
            received, at = await viewer.part()
            assert received == picture
            times.append(float(at))
            if number < len(pictures):
                await publisher.send(pictures[number])
        assert times == sorted(times)
        assert abs(times[0] - time.time()) < 60
        snapshot = await fetch(server, "/cameras/1/snapshot.jpg")
        assert snapshot.head["x-timestamp"] == at


async def test_it_begins_with_the_latest_frame_at_once(
    server: RunningServer, no_repeats: None
) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(jpeg(b"old"))
        await publisher.send(jpeg(b"latest"))
        await until(server, lambda camera: camera["fps"] == 0.4)
    async with http_viewer(server) as viewer:
        assert (await viewer.ask(TARGET)).status == 200
        assert await viewer.picture() == jpeg(b"latest")


async def test_the_last_part_is_repeated_in_silence(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Browsers show a part only when the next one begins; tools give up after 10 s of silence.
    assert (mjpeg.KIND.encoding.first_repeat, mjpeg.KIND.encoding.next_repeats) == (0.5, 5)
    set_repeats(monkeypatch, 0.2, 0.4)
    async with server.publisher(server.cameras[0]) as publisher, http_viewer(server) as viewer:
        await viewer.send(TARGET)
        for content in (b"one", b"two"):
            await publisher.send(jpeg(content))
            if content == b"one":
                await viewer.read_head()
            first = await viewer.part()
            assert first[0] == jpeg(content)
            began = trio.current_time()
            assert await viewer.part() == first
            assert 0.1 < trio.current_time() - began < 0.39
            assert await viewer.part() == first
            assert trio.current_time() - began > 0.5
        # A repeat is no frame: the camera's books do not count it.
        snapshot = await fetch(server, "/cameras/1/snapshot.jpg")
        assert snapshot.body == jpeg(b"two")


async def test_frames_in_time_are_not_repeated(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_repeats(monkeypatch, 2.0, 4.0)
    async with server.publisher(server.cameras[0]) as publisher, http_viewer(server) as viewer:
        await viewer.send(TARGET)
        for number in range(5):
            await publisher.send(jpeg(number))
            if number == 0:
                await viewer.read_head()
            assert await viewer.picture() == jpeg(number)


async def test_the_closing_delimiter(server: RunningServer, no_repeats: None) -> None:
    async with server.publisher(server.cameras[0]) as publisher, http_viewer(server) as viewer:
        await viewer.send(TARGET)
        await publisher.send(jpeg(b"last"))
        await viewer.read_head()
        assert await viewer.picture() == jpeg(b"last")
        server.registry.remove(1)
        assert await viewer.chunk() == b"--camserveframe--\r\n"
        assert await viewer.chunk() == b""
