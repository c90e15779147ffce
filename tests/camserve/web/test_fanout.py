"""The fan-out over real sockets: who is ready is written to, who is behind gets the newest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import trio
import trio.testing

from camserve.net.stream import ConnectionStream
from camserve.relay import Delivered, Frame, Hub, Viewer
from camserve.web.encoding import Encoding
from camserve.web.fanout import Fanout
from camserve.web.seat import Seat
from camserve.web.status import Status


def line(frame: Frame) -> bytes:
    return frame.jpeg + b"\n"


def encoding(**changes: object) -> Encoding:
    settings: dict[str, object] = {
        "kind": "test",
        "frame": line,
        "first_repeat": 1000.0,
        "next_repeats": 1000.0,
        "closing": b"bye\n",
    }
    return Encoding(**{**settings, **changes})  # type: ignore[arg-type]


def status(state: str) -> Status:
    return Status(camera=1, name="one", state=state, last_active=None, controls=())


@dataclass
class Stage:
    """A running fan-out of camera 1, what it counts, and the nursery for its viewers."""

    hub: Hub
    fanout: Fanout
    delivered: Delivered
    nursery: trio.Nursery
    clients: list[trio.SocketStream] = field(default_factory=list)

    async def publish(self, content: bytes) -> None:
        self.hub.publish(1, content)
        await trio.testing.wait_all_tasks_blocked()

    async def viewer(self, seat: Seat, *, receive_buffer: int = 0) -> trio.SocketStream:
        """A viewer that sits in `seat`; returns its end of the connection."""
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        client = trio.socket.socket()
        if receive_buffer:
            client.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVBUF, receive_buffer)
        await client.connect(listener.socket.getsockname())
        stream = ConnectionStream(await listener.accept(), stall_timeout=5)
        await listener.aclose()
        self.nursery.start_soon(self._serve, seat, stream)
        await trio.testing.wait_all_tasks_blocked()
        self.clients.append(trio.SocketStream(client))
        return self.clients[-1]

    async def _serve(self, seat: Seat, stream: ConnectionStream) -> None:
        try:
            with suppress(trio.BrokenResourceError):
                await self.fanout.serve(seat, stream)
        finally:
            stream.close()


@asynccontextmanager
async def stage(kind: Encoding | None = None) -> AsyncIterator[Stage]:
    hub, delivered = Hub(), Delivered()
    fanout = Fanout(kind or encoding(), delivered=delivered)
    with trio.fail_after(10), hub.subscribe(1) as frames:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fanout.run, frames)
            here = Stage(hub, fanout, delivered, nursery)
            try:
                yield here
            finally:
                for client in here.clients:
                    client.socket.close()
            nursery.cancel_scope.cancel()


async def read_line(stream: trio.SocketStream) -> bytes:
    received = b""
    while not received.endswith(b"\n"):
        chunk = await stream.receive_some()
        assert chunk, "the stream ended"
        received += chunk
    return received


async def read_all(stream: trio.SocketStream) -> bytes:
    return b"".join([chunk async for chunk in stream])


async def test_all_viewers_get_each_frame() -> None:
    async with stage() as here:
        seats = [Seat(Viewer("test")) for _ in range(3)]
        streams = [await here.viewer(seat) for seat in seats]
        for content in (b"one", b"two", b"three"):
            await here.publish(content)
            assert [await read_line(stream) for stream in streams] == [content + b"\n"] * 3
        assert [(seat.viewer.sent, seat.viewer.dropped) for seat in seats] == [(3, 0)] * 3


async def test_who_comes_later_begins_with_the_latest_frame() -> None:
    async with stage() as here:
        await here.publish(b"one")
        await here.publish(b"two")
        stream = await here.viewer(Seat(Viewer("test")))
        assert await read_line(stream) == b"two\n"


async def test_who_is_behind_gets_whole_frames_and_the_newest_of_them() -> None:
    async with stage() as here:
        seat = Seat(Viewer("test"))
        slow = await here.viewer(seat, receive_buffer=4096)
        quick = await here.viewer(Seat(Viewer("test")))
        for number in range(100):
            await here.publish(b"%04d" % number + b"x" * 200_000)
            assert len(await read_line(quick)) == 200_005
        here.hub.close()
        lines = (await read_all(slow)).split(b"\n")
        assert {len(each) for each in lines[:-2]} == {200_004}
        numbers = [int(each[:4]) for each in lines[:-2]]
        assert numbers == sorted(set(numbers))
        assert numbers[0] == 0
        assert len(numbers) < 50
        assert lines[-2:] == [b"bye", b""]
        assert seat.viewer.sent + seat.viewer.dropped == numbers[-1] + 1


async def test_who_left_disturbs_nobody() -> None:
    async with stage() as here:
        stays = await here.viewer(Seat(Viewer("test")))
        leaves = await here.viewer(Seat(Viewer("test")))
        leaves.socket.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        await leaves.aclose()
        for content in (b"one", b"two", b"three"):
            await here.publish(content)
            assert await read_line(stays) == content + b"\n"


async def test_a_stream_ends_with_its_closing_bytes() -> None:
    async with stage() as here:
        await here.publish(b"one")
        stream = await here.viewer(Seat(Viewer("test")))
        here.hub.close()
        assert await read_all(stream) == b"one\nbye\n"


async def test_one_viewer_can_leave_at_a_clean_place() -> None:
    async with stage() as here:
        await here.publish(b"one")
        seat = Seat(Viewer("test"))
        stream, other = await here.viewer(seat), await here.viewer(Seat(Viewer("test")))
        seat.leave()
        assert await read_all(stream) == b"one\nbye\n"
        await here.publish(b"two")
        assert await read_line(other) == b"one\ntwo\n"


async def test_silence_is_filled() -> None:
    async with stage(encoding(first_repeat=0.02, next_repeats=0.02, filler=b":\n")) as here:
        await here.publish(b"one")
        stream = await here.viewer(Seat(Viewer("test")))
        received = b""
        while received.count(b":\n") < 3:
            received += await stream.receive_some()
        assert received.replace(b":\n", b"") == b"one\n"


async def test_without_a_filler_the_latest_frame_is_repeated_and_counted_once() -> None:
    async with stage(encoding(first_repeat=0.02, next_repeats=0.02)) as here:
        await here.publish(b"one")
        seat = Seat(Viewer("test"))
        stream = await here.viewer(seat)
        received = b""
        while received.count(b"one\n") < 3:
            received += await stream.receive_some()
        assert seat.viewer.sent == 1


async def test_who_comes_in_a_long_silence_gets_a_repeat_soon() -> None:
    async with stage(encoding(first_repeat=0.02, next_repeats=1000.0)) as here:
        first = await here.viewer(Seat(Viewer("test")))
        await here.publish(b"one")
        for _ in range(2):
            await read_line(first)  # the frame and its first repeat: silence from now on
        later = await here.viewer(Seat(Viewer("test")))
        received = await read_line(later)
        while received.count(b"one\n") < 2:
            received += await read_line(later)


async def test_statuses_reach_who_is_ready_and_who_is_behind() -> None:
    async with stage(encoding(status=lambda status: b"= %b\n" % status.state.encode())) as here:
        ready = await here.viewer(Seat(Viewer("test")))
        behind = await here.viewer(Seat(Viewer("test")), receive_buffer=4096)
        await here.publish(b"x" * 6_000_000)
        here.fanout.tell(status("stale"))
        here.fanout.tell(status("online"))
        for stream in (ready, behind):
            end = b""
            while not end.endswith(b"x\n= online\n") and not end.endswith(b"e\n= online\n"):
                end = end[-20:] + await stream.receive_some()
