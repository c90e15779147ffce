"""`?fps=` and `?width=`, and what a camera's books say of each viewer."""

from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import pairwise

import pytest
import trio

from camserve.scaling import job, picture
from camserve.web import mjpeg
from camserve.web.streams import StreamKind
from camserve.wire import jpeg_dimensions
from tests.camserve.web.http_viewer import described, fetch, http_viewer, until
from tests.camserve.web.online_camera import books, drawn, online
from tests.serving import RunningServer, jpeg

TARGET = "/cameras/1/stream.mjpg"
EVENTS = "/cameras/1/events"


async def test_fps_thins_evenly(server: RunningServer, no_repeats: None) -> None:
    async with online(server, jpeg(0)) as publisher, trio.open_nursery() as nursery:

        async def play() -> None:
            began = trio.current_time()
            number = 0
            while True:
                number += 1
                await publisher.send(jpeg(number))
                await trio.sleep_until(began + number / 30)

        nursery.start_soon(play)
        async with http_viewer(server) as viewer:
            await viewer.ask(f"{TARGET}?fps=10")
            await viewer.part()
            times = [float((await viewer.part())[1]) for _ in range(11)]
            (entry,) = await books(server)
            assert entry["fps"] == 10
            assert 20 < int(str(entry["dropped"])) < 50
        nursery.cancel_scope.cancel()
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert sum(gaps) / len(gaps) == pytest.approx(0.1, abs=0.02)
    # On a busy machine a few may be off by a frame of the camera.
    assert sorted(gaps)[2] > 0.05
    assert sorted(gaps)[-3] < 0.15


async def test_who_wants_few_frames_is_not_silent_for_long(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some tools end a stream after 10 s of silence: the part before is sent again, not a newer."""
    encoding = replace(mjpeg.KIND.encoding, first_repeat=1000.0, next_repeats=0.1)
    monkeypatch.setattr(mjpeg, "KIND", StreamKind(mjpeg.KIND.content_type, encoding))
    async with online(server, jpeg(0)) as publisher, http_viewer(server) as viewer:
        await viewer.ask(f"{TARGET}?fps=0.01")
        first = await viewer.part()
        for number in range(1, 4):
            await publisher.send(jpeg(number))
            assert await viewer.part() == first
        (entry,) = await books(server)
        assert entry["sent"] == 1


async def test_who_took_the_last_frame_late_gets_its_repeat_too(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoding = replace(mjpeg.KIND.encoding, first_repeat=0.1, next_repeats=1000.0)
    monkeypatch.setattr(mjpeg, "KIND", StreamKind(mjpeg.KIND.content_type, encoding))
    async with (
        online(server, jpeg(0)) as publisher,
        http_viewer(server) as viewer,
        http_viewer(server) as thinned,
    ):
        await viewer.ask(TARGET)
        await viewer.part()
        await thinned.ask(f"{TARGET}?fps=2")
        await thinned.part()
        await publisher.send(jpeg(1))
        while await viewer.picture() != jpeg(1):
            pass
        assert await viewer.picture() == jpeg(1)  # the camera is silent from here on
        while (last := await thinned.part())[0] != jpeg(1):
            pass
        assert await thinned.part() == last


async def test_width_keeps_numbers_and_times_and_is_made_once_for_all(
    server: RunningServer, no_repeats: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Counter[tuple[bytes, int]] = Counter()

    def shrink(data: bytes, width: int) -> bytes:
        made[data, width] += 1
        return picture.shrink(data, width)

    monkeypatch.setattr(job, "shrink", shrink)
    async with online(server, drawn(grey=1)) as publisher, AsyncExitStack() as stack:
        viewers = [await stack.enter_async_context(http_viewer(server)) for _ in range(6)]
        sequences = []
        for viewer in viewers[:4]:
            await viewer.ask(f"{TARGET}?width=160")
        for viewer in viewers[4:]:
            await viewer.ask(f"{EVENTS}?width=160")
            assert b"event: status" in await viewer.chunk()
        for grey in (1, 2, 3):
            if grey > 1:
                await publisher.send(drawn(grey=grey))
            parts = [await viewer.part() for viewer in viewers[:4]]
            assert parts == [parts[0]] * 4
            assert jpeg_dimensions(parts[0][0]) == (160, 120)
            snapshot = await fetch(server, "/cameras/1/snapshot.jpg")
            assert parts[0][1] == snapshot.head["x-timestamp"]
            sequences.append(int(snapshot.head["x-frame-sequence"]))
            for viewer in viewers[4:]:
                assert (await viewer.chunk()).startswith(b"id: %d\n" % sequences[-1])
        assert {entry["width"] for entry in await books(server)} == {160}
    assert len(made) == 3
    assert set(made.values()) == {1}
    assert sequences == list(range(sequences[0], sequences[0] + 3))


async def test_pictures_are_never_made_larger(server: RunningServer, no_repeats: None) -> None:
    async with online(server, drawn(64, 48)), http_viewer(server) as viewer:
        await viewer.ask(f"{TARGET}?width=640")
        assert await viewer.picture() == drawn(64, 48)


@pytest.mark.parametrize("target", [TARGET, EVENTS])
async def test_bad_values(server: RunningServer, target: str) -> None:
    fps = ["0", "-1", "nan", "inf", "x", "", "241", "1_0"]
    width = ["0", "15", "8193", "1.5", "", "x", "-160"]
    for query in [f"fps={value}" for value in fps] + [f"width={value}" for value in width]:
        answer = await fetch(server, f"{target}?{query}")
        assert answer.status == 400, query
        assert query.partition("=")[0] in answer.body.decode()


async def test_good_values(server: RunningServer) -> None:
    async with online(server, jpeg(0)), http_viewer(server) as viewer:
        for query in ("FPS=240&WIDTH=8192", "fps=0.001", "fps=5e-1", "x=y"):
            assert (await viewer.ask(f"{TARGET}?{query}", method="HEAD")).status == 200


async def test_the_books_of_each_viewer(server: RunningServer, no_repeats: None) -> None:
    async with online(server, jpeg(0)) as publisher, AsyncExitStack() as stack:
        assert await books(server) == []
        plain, thinned = [await stack.enter_async_context(http_viewer(server)) for _ in range(2)]
        await plain.ask(TARGET)
        await plain.part()
        await thinned.ask(f"{EVENTS}?fps=0.5")
        await thinned.chunk()
        await thinned.chunk()
        for number in range(1, 4):
            await publisher.send(jpeg(number))
            await plain.part()
        one, other = sorted(await books(server), key=lambda entry: str(entry["kind"]))
        for entry in (one, other):
            age = entry.pop("age")
            assert isinstance(age, float)
            assert 0 <= age < 10
        assert one == {"kind": "events", "fps": 0.5, "width": None, "sent": 1, "dropped": 0}
        assert other == {"kind": "mjpeg", "fps": None, "width": None, "sent": 4, "dropped": 0}
        assert (await described(server))["viewers"] == 2
    await until(server, lambda camera: camera["streams"] == [])


async def test_options_outlive_the_camera(server: RunningServer, no_repeats: None) -> None:
    async with http_viewer(server) as viewer:
        async with online(server, drawn(grey=1)):
            await viewer.ask(f"{TARGET}?width=160&fps=20")
            assert jpeg_dimensions(await viewer.picture()) == (160, 120)
        await until(server, lambda camera: camera["state"] == "offline")
        async with online(server, drawn(grey=2)):
            assert jpeg_dimensions(await viewer.picture()) == (160, 120)
            assert len(await books(server)) == 1
