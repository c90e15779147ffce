"""What the fan-out counts for all viewers together is what each of them got."""

from contextlib import aclosing

from camserve.relay import Viewer
from camserve.web.seat import Seat
from camserve.web.thinning import Thinner
from camserve.web.window import Window
from tests.camserve.web.test_fanout import encoding, read_all, read_line, stage

SMALL = 4096  # bytes of a slow viewer's window


async def test_rounds_with_viewers_of_every_kind() -> None:
    async with stage() as here:
        seats = [
            Seat(Viewer("test")),
            Seat(Viewer("test")),
            Seat(Viewer("test"), window=Window(2)),
            Seat(Viewer("test"), Thinner.at_most(0.01)),  # takes the first frame only
        ]
        streams = [await here.viewer(seat) for seat in seats]
        for content in (b"one", b"two"):
            await here.publish(content)
        for stream in streams:
            assert (await read_line(stream)).startswith(b"one\n")
        assert [seat.viewer.sent for seat in seats] == [2, 2, 2, 1]
        assert here.delivered.frames == 7
        assert here.delivered.bytes == 7 * len(b"one\n")


async def test_who_is_behind_is_counted_when_it_has_a_frame() -> None:
    async with stage() as here:
        seats = [Seat(Viewer("test")), Seat(Viewer("test"))]
        quick = await here.viewer(seats[0])
        slow = await here.viewer(seats[1], receive_buffer=SMALL)
        for number in range(20):
            await here.publish(b"%02d" % number + b"x" * 300_000)
            await read_line(quick)
        here.hub.close()
        received = len(await read_all(slow)) - len(b"bye\n")
        assert 0 < seats[1].viewer.sent < 20
        assert here.delivered.frames == sum(seat.viewer.sent for seat in seats)
        assert here.delivered.bytes == 20 * 300_003 + received


async def test_a_repeat_is_bytes_and_no_frame() -> None:
    async with stage(encoding(first_repeat=0.02, next_repeats=0.02)) as here:
        stream = await here.viewer(Seat(Viewer("test")))
        await here.publish(b"one")
        received = b""
        while received.count(b"one\n") < 3:
            received += await stream.receive_some()
        assert here.delivered.frames == 1
        assert here.delivered.bytes >= len(received)


async def test_ages_are_of_the_moment_when_all_have_it() -> None:
    async with stage() as here:
        seats = [Seat(Viewer("test")) for _ in range(3)]
        streams = [await here.viewer(seat) for seat in seats]
        await here.publish(b"one")
        for stream in streams:
            await read_line(stream)
        oldest = max(seat.viewer.age or 0.0 for seat in seats)
        assert here.delivered.ages.count == 3
        assert 3 * oldest <= here.delivered.ages.total < 3 * (oldest + 1)


async def test_those_who_are_sent_to_by_somebody_else() -> None:
    async with stage() as here:
        seat = Seat(Viewer("test"))
        await here.publish(b"one")
        async with aclosing(here.fanout.parts(seat)) as parts:
            assert await anext(parts) == b"one\n"
            assert here.delivered.frames == 0  # nobody knows yet that it has left
            here.hub.publish(1, b"two")
            assert await anext(parts) == b"two\n"
        assert here.delivered.frames == 1
        assert here.delivered.bytes == len(b"one\ntwo\n")
