"""What a fan-out's viewers get who have limits, or are served by someone else."""

import pytest
import trio
import trio.testing

from camserve.net.websocket import ConnectionClosed
from camserve.registry import Camera
from camserve.relay import Hub, Viewer
from camserve.trust import Identity, Role
from camserve.web.fanouts import Fanouts, Wanted
from camserve.web.live import Wall
from camserve.web.seat import Seat
from camserve.web.thinning import Thinner
from camserve.web.window import Window
from tests.camserve.web.test_direct import stream_pair
from tests.camserve.web.test_fanout import encoding, read_all, read_line, stage, status


async def test_a_window_bounds_what_is_not_acknowledged() -> None:
    async with stage() as here:
        seat = Seat(Viewer("test"), window=Window(2))
        stream = await here.viewer(seat)
        for number in range(5):
            await here.publish(b"%d" % number)
        received = await read_line(stream)
        while b"1" not in received:
            received += await read_line(stream)
        assert received == b"0\n1\n"
        assert seat.viewer.sequence is not None
        seat.acknowledge(seat.viewer.sequence)
        assert await read_line(stream) == b"4\n"
        await trio.testing.wait_all_tasks_blocked()
        assert seat.viewer.dropped == 2


async def test_a_thinned_viewer_gets_fewer_frames_and_at_last_the_latest() -> None:
    async with stage() as here:
        seat = Seat(Viewer("test"), Thinner.at_most(5))
        stream = await here.viewer(seat)
        for number in range(9):
            await here.publish(b"%d" % number)
        assert await read_line(stream) == b"0\n"
        assert await read_line(stream) == b"8\n"


async def test_parts_are_the_same_stream_for_someone_else_to_send() -> None:
    async with stage() as here:
        seat = Seat(Viewer("test"))
        parts = here.fanout.parts(seat)
        await here.publish(b"one")
        assert await anext(parts) == b"one\n"
        await here.publish(b"two")
        await here.publish(b"three")
        assert await anext(parts) == b"three\n"
        here.hub.close()
        assert await anext(parts) == b"bye\n"
        with pytest.raises(StopAsyncIteration):
            await anext(parts)
        assert (seat.viewer.sent, seat.viewer.dropped) == (2, 1)


async def test_who_leaves_is_not_written_to_any_more() -> None:
    async with stage() as here:
        seat = Seat(Viewer("test"))
        stream = await here.viewer(seat)
        await here.publish(b"one")
        seat.leave()
        here.hub.publish(1, b"two")  # before its own task has noticed
        assert await read_all(stream) == b"one\nbye\n"


async def test_a_status_goes_to_who_must_not_get_a_frame() -> None:
    async with stage(encoding(status=lambda status: b"= %b\n" % status.state.encode())) as here:
        full = await here.viewer(Seat(Viewer("test"), window=Window(1)))
        thinned = await here.viewer(Seat(Viewer("test"), Thinner.at_most(0.01)))
        await here.publish(b"one")
        await here.publish(b"two")
        here.fanout.tell(status("online"))
        for stream in (full, thinned):
            received = await read_line(stream)
            while not received.endswith(b"= online\n"):
                received += await read_line(stream)
            assert received == b"one\n= online\n"


async def test_a_frame_counts_as_on_its_way_from_its_first_byte() -> None:
    """So an acknowledgement cannot come before the frame is in the window."""
    async with stage() as here:
        window = Window(1)
        await here.viewer(Seat(Viewer("test"), window=window), receive_buffer=4096)
        await here.publish(b"x" * 6_000_000)
        assert window.is_full


def never(camera_id: int, width: int) -> object:
    raise AssertionError


async def test_a_camera_that_was_removed_a_moment_ago_ends_its_stream() -> None:
    """Otherwise nothing would ever end it: the hub has told of the removal already."""
    hub = Hub()
    fanouts = Fanouts(hub, scaled=never, describe=lambda camera_id: None)  # type: ignore[arg-type]
    async with trio.open_nursery() as nursery:
        await nursery.start(fanouts.run)
        with trio.fail_after(5), fanouts.joined(Wanted(1, None, encoding())) as fanout:
            parts = fanout.parts(Seat(Viewer("test")))
            assert [part async for part in parts] == [b"bye\n"]
        nursery.cancel_scope.cancel()


async def test_the_first_status_comes_before_the_first_frame() -> None:
    hub = Hub()
    hub.publish(1, b"one")
    kind = encoding(status=lambda status: b"= %b\n" % status.state.encode())
    fanouts = Fanouts(hub, scaled=never, describe=lambda _: status("online"))  # type: ignore[arg-type]
    async with trio.open_nursery() as nursery:
        await nursery.start(fanouts.run)
        for _ in range(10):  # the order of tasks is random
            async with stream_pair() as (stream, client), trio.open_nursery() as serving:
                with fanouts.joined(Wanted(1, None, kind)) as fanout:
                    serving.start_soon(fanout.serve, Seat(Viewer("test")), stream)
                    with trio.fail_after(5):
                        received = await read_line(client)
                        while received.count(b"\n") < 2:
                            received += await read_line(client)
                    assert received == b"= online\none\n"
                    serving.cancel_scope.cancel()
        nursery.cancel_scope.cancel()


class Talk:
    """A WebSocket on which one message comes, and then the end."""

    def __init__(self, message: str) -> None:
        self._messages = [message]

    async def get_message(self) -> str:
        await trio.lowlevel.checkpoint()
        if not self._messages:
            raise ConnectionClosed(None)
        return self._messages.pop()


async def test_what_is_watched_after_the_end_is_ignored() -> None:
    """The nursery of the pictures may have closed by then."""
    camera = Camera(1, "one", "", False, False, 1, None)
    catalogue = {1: camera}
    async with trio.open_nursery() as closed:
        pass
    talk = Talk('{"op": "watch", "camera": 1}')
    wall = Wall(Hub(), catalogue, None, Identity(Role.VIEWER), talk, None, closed)  # type: ignore[arg-type]
    wall.leave()
    await wall.obey()
