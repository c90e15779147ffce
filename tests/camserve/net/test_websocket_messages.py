"""Messages in pieces, their limit, and what happens after our close frame."""

from contextlib import suppress

import pytest
import trio
import trio.testing
import wsproto
from trio.testing import MockClock
from trio_websocket import ConnectionClosed

from camserve.net.websocket import CLOSE_TIMEOUT, TOO_LONG, close_websocket
from tests.camserve.net.connections import TIMEOUT
from tests.camserve.net.websocket_pair import MAX, Pair, connected, messages
from tests.raw_websocket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame

# -- messages ------------------------------------------------------------------------------


async def test_parts_are_handed_on_as_they_arrive() -> None:
    async with connected() as pair:
        whole = frame(b"abcdef")
        await pair.say(whole[:9])  # its head is 6 bytes long
        assert await messages(pair, 1) == [b"abc"]
        await pair.say(whole[9:])
        assert await messages(pair, 1) == [b"def"]


async def test_frames_are_handed_on_before_their_message_ends() -> None:
    async with connected() as pair:
        await pair.say(frame(b"abc", last=False))
        assert await messages(pair, 1) == [b"abc"]
        await pair.say(frame(b"def", CONTINUATION), frame(b"ghi"))
        assert await messages(pair, 2) == [b"def", b"ghi"]


async def test_text_is_handed_on_at_once_and_as_text() -> None:
    async with connected() as pair:
        await pair.say(frame(b"hel", TEXT, last=False))
        assert await messages(pair, 1) == ["hel"]


async def test_otherwise_messages_stay_whole() -> None:
    async with connected(in_pieces=False) as pair:
        await pair.say(frame(b"abc", last=False))
        await pair.say(frame(b"def", CONTINUATION))
        assert await messages(pair, 1) == [b"abcdef"]


async def test_no_more_than_one_message_is_held() -> None:
    """The rest stays in the kernel, and holds the sender back."""
    async with connected() as pair:
        await pair.say(*[frame(b"x")] * 10)
        statistics = vars(pair.connection)["_recv_channel"].statistics()
        assert statistics.current_buffer_used == 1
        assert statistics.tasks_waiting_send == 1


async def say_in_frames(pair: Pair, size: int, count: int) -> None:
    """One message of so many frames."""
    for number in range(count):
        opcode = BINARY if number == 0 else CONTINUATION
        await pair.say(frame(bytes(size // count), opcode, last=number == count - 1))


async def take_all(pair: Pair) -> None:
    with suppress(ConnectionClosed):
        while True:
            await pair.connection.get_message()


@pytest.mark.parametrize("in_pieces", [True, False])
@pytest.mark.parametrize("frames", [1, 4])
async def test_the_limit_is_one_of_messages(frames: int, in_pieces: bool) -> None:
    async with connected(in_pieces=in_pieces) as pair:
        pair.nursery.start_soon(take_all, pair)
        for _ in range(3):
            await say_in_frames(pair, MAX, frames)
        assert pair.answers() == []
        await say_in_frames(pair, MAX + frames, frames)
        (close,) = pair.answers()
        assert isinstance(close, wsproto.events.CloseConnection)
        assert close.code == 1009


async def test_empty_frames_do_not_count_twice() -> None:
    async with connected() as pair:
        pair.nursery.start_soon(take_all, pair)
        await pair.say(frame(bytes(MAX), last=False), frame(b"", CONTINUATION))
        await pair.say(frame(b"x" * MAX, TEXT))
        assert pair.connection.refusal is None


async def test_who_waits_for_a_message_learns_that_one_was_too_long() -> None:
    async with connected() as pair, trio.open_nursery() as nursery:

        async def wait() -> None:
            with pytest.raises(ConnectionClosed):
                await pair.connection.get_message()
            assert pair.connection.refusal == TOO_LONG

        nursery.start_soon(wait)
        await pair.say(frame(bytes(MAX + 1)))


# -- after our close frame -----------------------------------------------------------------


async def test_what_comes_after_a_1009_is_read_and_thrown_away() -> None:
    async with connected() as pair:
        await pair.say(frame(bytes(MAX + 1)), frame(b"x"), frame(b"?", PING))
        for _ in range(100):
            await pair.say(frame(bytes(MAX)))
        await pair.say(frame(b"\x03\xf1", CLOSE))
        with trio.fail_after(TIMEOUT):
            await close_websocket(pair.connection, 1000, "")
        assert len(pair.answers()) == 1


async def test_after_our_close_nothing_is_answered_or_held(autojump_clock: MockClock) -> None:
    async with connected() as pair:
        pair.nursery.start_soon(close_websocket, pair.connection, 1008, "because")
        await trio.testing.wait_all_tasks_blocked()
        await pair.say(frame(b"?", PING), frame(b"!", PONG), frame(b"x"))
        for _ in range(10):
            await pair.say(frame(b"x" * 900, TEXT, last=False), frame(b"", CONTINUATION))
        assert pair.answers() == [wsproto.events.CloseConnection(1008, "because")]


async def test_closing_ends_with_the_answer(autojump_clock: MockClock) -> None:
    async with connected() as pair:
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(close_websocket, pair.connection, 1008, "because")
            await trio.sleep(1)
            await pair.say(frame(b"\x03\xf0", CLOSE))
        assert trio.current_time() == pytest.approx(began + 1)


@pytest.mark.parametrize("too_long", [False, True])
async def test_closing_ends_without_an_answer(too_long: bool, autojump_clock: MockClock) -> None:
    async with connected() as pair:
        if too_long:
            await pair.say(frame(bytes(MAX + 1)))
        began = trio.current_time()
        await close_websocket(pair.connection, 1008, "because")
        assert trio.current_time() == pytest.approx(began + CLOSE_TIMEOUT)


@pytest.mark.parametrize("closing", [False, True])
async def test_what_follows_a_broken_frame_is_not_looked_at(
    closing: bool, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would also be held: wsproto keeps what it cannot read."""
    async with connected() as pair:
        async with trio.open_nursery() as nursery:
            if closing:
                nursery.start_soon(close_websocket, pair.connection, 1002, "because")
                await trio.testing.wait_all_tasks_blocked()
            await pair.say(b"\xff" * 100)
            looked_at: list[bytes] = []
            monkeypatch.setattr(vars(pair.connection)["_wsproto"], "receive_data", looked_at.append)
            await pair.say(frame(b"x"), frame(b"?", PING), frame(b"\x03\xea", CLOSE))
            assert looked_at == []
            if not closing:
                nursery.start_soon(close_websocket, pair.connection, 1000, "")
            began = trio.current_time()
            await trio.testing.wait_all_tasks_blocked()
            await pair.other.send_stream.aclose()
        assert trio.current_time() == began  # the end of the stream is an answer
        (close,) = pair.answers()
        assert isinstance(close, wsproto.events.CloseConnection)
        assert close.code == 1002


async def test_nobody_can_send_once_a_broken_frame_was_seen() -> None:
    """Not even while the close frame is still on its way; wsproto would raise an error."""
    async with connected() as pair, vars(pair.connection)["_stream_lock"]:
        await pair.say(b"\xff" * 10)
        with pytest.raises(ConnectionClosed):
            await pair.connection.ping()
        with pytest.raises(ConnectionClosed):
            await pair.connection.send_message(b"x")


async def test_closing_who_is_gone(autojump_clock: MockClock) -> None:
    async with connected() as pair:
        await pair.other.send_stream.aclose()
        await trio.testing.wait_all_tasks_blocked()
        began = trio.current_time()
        await close_websocket(pair.connection, 1008, "because")
        assert trio.current_time() == began


# -- fairness ------------------------------------------------------------------------------


@pytest.mark.parametrize("closing", [False, True])
@pytest.mark.parametrize(
    "tiny", [frame(b"", PONG), frame(b"", PING), frame(b"")], ids=["pong", "ping", "empty"]
)
async def test_others_have_their_turn_between_tiny_frames(
    tiny: bytes, closing: bool, autojump_clock: MockClock
) -> None:
    """64 KiB of them are ten thousand, in which time no other camera would be served."""
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await trio.lowlevel.cancel_shielded_checkpoint()
            turns += 1
            await trio.lowlevel.checkpoint_if_cancelled()

    async with connected() as pair:
        if closing:
            pair.nursery.start_soon(close_websocket, pair.connection, 1008, "because")
        else:
            pair.nursery.start_soon(take_all, pair)
        await trio.testing.wait_all_tasks_blocked()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(count_turns)
            await pair.other.send_all(tiny * 500 + frame(b"\x03\xe8", CLOSE))
            with trio.fail_after(TIMEOUT):
                await vars(pair.connection)["_close_handshake"].wait()
            nursery.cancel_scope.cancel()
    assert turns >= 500
