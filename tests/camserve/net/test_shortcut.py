"""Messages that do not go through the WebSocket library, and all others that still do."""

from itertools import pairwise

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.frame_protocol import XorMaskerSimple

from camserve.net.shortcut import BINARY, MAX_HEAD_BYTES, TEXT, TURN, ShortcutStream, unmasked
from tests.camserve.net.shortcut_reader import LONGEST, Reader, assert_same, opened
from tests.raw_websocket import frame

CONTINUATION, CLOSE, PING = 0x0, 0x8, 0x9

payloads = st.binary(max_size=LONGEST + 100)
proper = st.builds(frame, payloads, st.sampled_from([BINARY]))
fragmented = st.lists(payloads, min_size=2, max_size=3).map(
    lambda parts: b"".join(
        frame(part, CONTINUATION if number else BINARY, last=number == len(parts) - 1)
        for number, part in enumerate(parts)
    )
)
pings = st.builds(frame, st.binary(max_size=20), st.just(PING))
texts = st.builds(frame, st.text(max_size=30).map(str.encode), st.just(TEXT))
broken = st.binary(min_size=1, max_size=30)
closes = st.just(frame(b"\x03\xe8", CLOSE))


@pytest.mark.fuzz
@given(
    st.lists(proper | fragmented | pings | texts | broken | closes, max_size=8),
    st.lists(st.integers(1, 400), max_size=30),
)
def test_the_same_arrives_in_the_same_order(parts: list[bytes], sizes: list[int]) -> None:
    """However the bytes are cut, and whether they are taken or not."""
    data = b"".join(parts)
    ordinary, ours = Reader(None), Reader(BINARY)
    ordinary.read(data)
    for size in sizes:
        ours.read(data[:size])
        data = data[size:]
    ours.read(data)
    assert_same(ordinary.seen, ours.seen)


@given(st.lists(st.binary(max_size=LONGEST), min_size=1, max_size=40), st.integers(1, 500))
def test_plain_messages_are_all_taken(messages: list[bytes], size: int) -> None:
    reader = Reader(BINARY)
    data = b"".join(frame(message) for message in messages)
    for start in range(0, len(data), size):
        reader.read(data[start : start + size])
    assert reader.seen == [("taken", message) for message in messages]


def test_a_short_message_is_taken() -> None:
    reader = Reader(TEXT)
    reader.read(frame(b"short", TEXT))
    reader.read(frame(b"x" * 125, TEXT))
    assert reader.seen == [("taken", b"short"), ("taken", b"x" * 125)]


@pytest.mark.parametrize(
    "other",
    [frame(b"x"), frame(b"x" * (LONGEST + 1), TEXT), frame(b"x", TEXT, last=False)],
    ids=["binary", "too long", "first part"],
)
def test_what_is_not_asked_for_goes_the_ordinary_way(other: bytes) -> None:
    reader = Reader(TEXT)
    reader.read(other)
    (event,) = reader.seen
    assert event[0] in {TextMessage.__name__, BytesMessage.__name__}


def test_nothing_between_the_parts_of_a_message_is_taken() -> None:
    """It is against the protocol, and the library has to say so."""
    reader = Reader(BINARY)
    reader.read(frame(b"first", last=False) + frame(b"x"))
    assert [kind for kind, _ in reader.seen] == [BytesMessage.__name__, CloseConnection.__name__]


def test_what_is_not_wanted_after_all() -> None:
    shortcut = opened()
    shortcut.take_messages(TEXT, LONGEST, lambda message: message == b"yes")
    no, yes = frame(b"no", TEXT), frame(b"yes", TEXT)
    assert shortcut.sort(no) == no
    assert shortcut.sort(yes) == b""
    assert shortcut.sort(no + yes) == no
    assert shortcut.sort(b"") == b""


def test_what_is_broken_is_handed_on_at_once() -> None:
    too_wide = b"\x82\xfe\x00\x01" + bytes(4) + b"x"  # its length would fit into the second byte
    for nonsense in (b"\xff", b"\x82\x05hello", b"anything", too_wide):
        shortcut = opened()
        shortcut.take_messages(BINARY, LONGEST, lambda _: True)
        assert shortcut.sort(nonsense) == nonsense


def test_what_follows_a_close_is_handed_on() -> None:
    reader = Reader(BINARY)
    reader.read(frame(b"\x03\xe8", CLOSE) + frame(b"late"))
    assert reader.seen == [(CloseConnection.__name__, 1000)]


def test_a_ping_is_handed_on_between_messages() -> None:
    reader = Reader(BINARY)
    reader.read(frame(b"a") + frame(b"", PING) + frame(b"b"))
    assert reader.seen == [("taken", b"a"), (Ping.__name__, None), ("taken", b"b")]


@pytest.mark.parametrize("rest", [b"early", frame(b"early"), frame(b"\r\n\r\n")])
async def test_frames_before_the_handshake_is_answered(rest: bytes) -> None:
    """Nobody knows where the next one begins, so everything goes the ordinary way."""
    ours, theirs = trio.testing.memory_stream_pair()
    shortcut = ShortcutStream(ours, MAX_HEAD_BYTES)
    await theirs.send_all(b"GET / HTTP/1.1\r\n\r\n" + rest)
    await shortcut.receive_some()
    shortcut.handshake_done()
    shortcut.take_messages(BINARY, LONGEST, lambda _: True)
    await theirs.send_all(frame(b"x"))
    assert await shortcut.receive_some() == frame(b"x")


async def test_others_have_their_turn() -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    shortcut = opened(ours)
    taken: list[bytes] = []

    def take(message: bytes) -> bool:
        taken.append(message)
        return True

    shortcut.take_messages(BINARY, LONGEST, take)
    seen_by_others: list[int] = []

    async def other() -> None:
        while True:
            seen_by_others.append(len(taken))
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(other)
        await theirs.send_all(frame(b"") * (TURN * 5))
        await theirs.aclose()
        assert await shortcut.receive_some() == b""
        nursery.cancel_scope.cancel()
    assert len(taken) == TURN * 5
    steps = [after - before for before, after in pairwise(seen_by_others)]
    assert max(steps) <= 2 * TURN  # of two that are ready trio takes any first


@given(st.binary(min_size=4, max_size=4), st.binary(max_size=300))
def test_unmasked(key: bytes, payload: bytes) -> None:
    assert unmasked(key, payload) == bytes(XorMaskerSimple(key).process(bytearray(payload)))


async def test_who_has_more_to_do_does_it_in_turns_and_before_anything_else() -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    shortcut = opened(ours)
    done: list[bytes] = []

    def take(message: bytes) -> bool:
        done.append(message)
        shortcut.unfinished = len(done) % 3 != 0
        return True

    shortcut.take_messages(BINARY, LONGEST, take)
    await theirs.send_all(frame(b"one") + frame(b"two") + frame(b"", PING))
    assert await shortcut.receive_some() == frame(b"", PING)
    assert done == [b"one", b"", b"", b"two", b"", b""]
