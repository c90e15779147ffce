"""`WS /live`: which frames a viewer gets, and when."""

import pytest
import trio

from camserve.wire import jpeg_dimensions
from tests.camserve.web.http_viewer import TIMEOUT, fetch, until
from tests.camserve.web.live_viewer import LiveViewer, live_viewer
from tests.camserve.web.online_camera import books, drawn, online
from tests.raw_websocket import BINARY, PING, PONG, TEXT
from tests.serving import RunningServer, TestPublisher, jpeg

pytestmark = pytest.mark.usefixtures("plain_and_tls_servers")

HUGE = 2**63


async def arrive(server: RunningServer, publisher: TestPublisher, *pictures: bytes) -> None:
    """Publish, and wait until the last of them is the camera's latest frame."""
    for each in pictures:
        await publisher.send(each)
        with trio.fail_after(TIMEOUT):
            while (await fetch(server, "/cameras/1/snapshot.jpg")).body != each:
                pass


async def test_at_most_two_frames_are_not_acknowledged(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher, live_viewer(server) as viewer:
        await arrive(server, publisher, jpeg(0))
        await viewer.watch()
        first = await viewer.frame()
        await arrive(server, publisher, jpeg(1))
        second = await viewer.frame()
        assert (first.jpeg, second.jpeg) == (jpeg(0), jpeg(1))
        # The window is full: newer frames replace each other here.
        await arrive(server, publisher, *(jpeg(number) for number in range(2, 6)))
        await viewer.nothing_came()
        await viewer.acknowledge(first)
        third = await viewer.frame()
        assert third.jpeg == jpeg(5)
        assert third.sequence == second.sequence + 4
        await arrive(server, publisher, jpeg(6), jpeg(7))
        await viewer.nothing_came()
        # An acknowledgement is one of all before it: now there is room for two again.
        await viewer.acknowledge(third)
        assert (await viewer.frame()).jpeg == jpeg(7)
        await publisher.send(jpeg(8))
        assert (await viewer.frame()).jpeg == jpeg(8)
        await viewer.nothing_came()
        (entry,) = await books(server)
        assert (entry["kind"], entry["sent"], entry["dropped"]) == ("live", 5, 4)


async def test_bogus_acknowledgements_are_harmless(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher, live_viewer(server) as viewer:
        for camera, seq in ((1, 5), (9, 5), (-(10**30), 0)):
            await viewer.say("ack", camera, seq=seq)
        await arrive(server, publisher, jpeg(0))
        await viewer.watch()
        frames = [await viewer.frame()]
        await arrive(server, publisher, jpeg(1))
        frames.append(await viewer.frame())
        for camera, seq in ((1, -1), (1, -(10**40)), (1, frames[0].sequence - 1), (2, HUGE)):
            await viewer.say("ack", camera, seq=seq)
        await arrive(server, publisher, jpeg(2))
        await viewer.nothing_came()
        # One from the future says that all was shown that was sent; what comes later counts anew.
        await viewer.say("ack", seq=10**40)
        assert (await viewer.frame()).jpeg == jpeg(2)
        await arrive(server, publisher, jpeg(3))
        assert (await viewer.frame()).jpeg == jpeg(3)
        await arrive(server, publisher, jpeg(4))
        await viewer.nothing_came()


async def test_to_watch_again_changes_the_wishes_and_shows_the_latest_at_once(
    server: RunningServer,
) -> None:
    async with server.publisher(server.cameras[0]) as publisher, live_viewer(server) as viewer:
        await arrive(server, publisher, drawn())
        await viewer.watch()
        full = await viewer.frame()
        assert jpeg_dimensions(full.jpeg) == (640, 480)
        await viewer.acknowledge(full)
        await viewer.watch(width=160, fps=5)
        small = await viewer.frame()
        assert jpeg_dimensions(small.jpeg) == (160, 120)
        assert (small.sequence, small.arrived) == (full.sequence, full.arrived)
        (entry,) = await books(server)
        assert (entry["fps"], entry["width"]) == (5, 160)
        await viewer.acknowledge(small)
        await viewer.watch()
        assert (await viewer.frame()).jpeg == full.jpeg


async def test_frames_of_an_older_wish_count_until_they_are_acknowledged(
    server: RunningServer,
) -> None:
    async with server.publisher(server.cameras[0]) as publisher, live_viewer(server) as viewer:
        await arrive(server, publisher, jpeg(0))
        for fps in (None, 100):
            await viewer.watch(fps=fps)
            shown = await viewer.frame()
        # However often it is asked for, a third is not sent.
        assert (await viewer.watch(fps=50))["op"] == "status"
        await viewer.nothing_came()
        (entry,) = await books(server)
        assert (entry["fps"], entry["sent"]) == (50, 0)
        await viewer.acknowledge(shown)
        assert (await viewer.frame()).sequence == shown.sequence


async def test_who_is_no_longer_wanted_gives_up_its_place_in_the_queue(
    server: RunningServer,
) -> None:
    """Camera 2 waits behind a large frame of camera 1 when it is unwatched: nothing of it comes."""
    big = jpeg(b"x", 6_000_000)
    async with (
        online(server, big) as publisher,
        online(server, jpeg(b"two"), 2),
        live_viewer(server, receive_buffer=4096) as viewer,
    ):
        await viewer.watch()
        await viewer.say("watch", 2)
        await until(server, lambda camera: camera["viewers"] == 1, 2)
        await viewer.say("unwatch", 2)
        # They are obeyed in turn.
        await viewer.say("move", x=0, y=0)
        with trio.fail_after(TIMEOUT):
            await publisher.socket.get_message()
        assert (await viewer.frame()).jpeg == big
        await viewer.nothing_came()


async def test_unwatch_stops_within_a_frame(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher, live_viewer(server) as viewer:
        await arrive(server, publisher, jpeg(0))
        await viewer.watch()
        await viewer.frame()
        await viewer.say("unwatch")
        await viewer.say("unwatch", 9)
        await until(server, lambda camera: camera["viewers"] == 0)
        await arrive(server, publisher, jpeg(1), jpeg(2))
        server.registry.change(1, name="renamed")
        await until(server, lambda camera: camera["name"] == "renamed")
        await viewer.nothing_came()
        # What was not acknowledged before is forgotten.
        await viewer.watch()
        assert (await viewer.frame()).jpeg == jpeg(2)
        await arrive(server, publisher, jpeg(3))
        assert (await viewer.frame()).jpeg == jpeg(3)


async def test_a_thinned_camera(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher, live_viewer(server) as viewer:
        await arrive(server, publisher, jpeg(0))
        await viewer.watch(fps=4)
        frames = [await viewer.frame()]
        async with trio.open_nursery() as nursery:

            async def play() -> None:
                number = 0
                while True:
                    number += 1
                    await publisher.send(jpeg(number))
                    await trio.sleep(0.02)

            nursery.start_soon(play)
            while len(frames) < 5:
                await viewer.acknowledge(frames[-1])
                frames.append(await viewer.frame())
            nursery.cancel_scope.cancel()
        took = (frames[-1].arrived - frames[0].arrived) / 1_000_000
        assert took == pytest.approx(4 / 4, abs=0.3)


class Messages:
    """What a viewer reads, sorted; frames are acknowledged if they are to be."""

    def __init__(self, viewer: LiveViewer) -> None:
        self._viewer = viewer
        self.sequences: dict[int, list[int]] = {}
        self.pongs = 0

    async def take(self, check: dict[int, bytes]) -> None:
        opcode, payload = await self._viewer.message()
        if opcode == PONG:
            self.pongs += 1
        elif opcode == BINARY:
            camera, sequence = payload[0], int.from_bytes(payload[4:12], "little")
            assert payload[20:].strip(b"\xff\xd8\xe0\xd9.").endswith(check[camera])
            self.sequences.setdefault(camera, []).append(sequence)
            await self._viewer.say("ack", camera, seq=sequence)
        else:
            assert opcode == TEXT


async def test_many_cameras_on_one_slow_socket_with_pings_in_between(
    server: RunningServer,
) -> None:
    """Every message comes whole, in order, from its own camera, and a pong never inside one."""
    contents = {1: b"big", 2: b"small"}
    sizes = {1: 700_000, 2: 20_000}
    async with trio.open_nursery() as nursery, live_viewer(server, receive_buffer=32768) as viewer:

        async def play(number: int) -> None:
            async with server.publisher(server.cameras[number - 1]) as publisher:
                content = b"." * (sizes[number] - 20) + contents[number]
                while True:
                    await publisher.send(jpeg(content))
                    await trio.sleep(0.02)

        for camera in contents:
            nursery.start_soon(play, camera)
            await viewer.say("watch", camera)
        messages = Messages(viewer)
        for number in range(12):
            await viewer.socket.send(b"%d" % number, PING)
            for _ in range(4):
                await messages.take(contents)
        while messages.pongs < 12:
            await messages.take(contents)
        nursery.cancel_scope.cancel()
    assert len(messages.sequences[1]) > 3
    assert len(messages.sequences[2]) > 3
    for sequences in messages.sequences.values():
        assert sequences == sorted(set(sequences))
