"""Reads a WebSocket connection through a shortcut, or past it, and notes what it saw."""

import trio
import trio.testing
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Message
from wsproto.frame_protocol import CloseReason

from camserve.net.shortcut import MAX_HEAD_BYTES, TEXT, ShortcutStream

LONGEST = 300  # bytes, in these tests

#: What was seen, in order: how it came and what it was.
Seen = list[tuple[str, object]]


def opened(stream: trio.abc.Stream | None = None) -> ShortcutStream:
    """After a handshake like any other."""
    if stream is None:
        stream, _ = trio.testing.memory_stream_pair()
    shortcut = ShortcutStream(stream, MAX_HEAD_BYTES)
    shortcut._handshake = b"GET / HTTP/1.1\r\n\r\n"
    shortcut.handshake_done()
    return shortcut


class Reader:
    """Reads a connection through a shortcut, as the library and we together do."""

    def __init__(self, opcode: int | None, longest: int = LONGEST) -> None:
        self.seen: Seen = []
        self._opcode = opcode
        self._closed = False
        self._library = Connection(ConnectionType.SERVER)
        self._shortcut = opened()
        if opcode is not None:
            self._shortcut.take_messages(opcode, longest, self._take)

    def _take(self, message: bytes) -> bool:
        # As `/live`: only what is written as expected, and that is ASCII; the rest may be no UTF-8.
        if self._opcode == TEXT and not message.isascii():
            return False
        # As ServerWebSocket: what follows a close, or what made the library close, is dropped.
        if not self._closed:
            self.seen.append(("taken", message))
        return True

    def read(self, data: bytes) -> None:
        while True:
            # As `receive_some` does.
            passed = self._shortcut.sort(data) if self._shortcut._knows_frames else data
            if passed:
                self._library.receive_data(passed)
                self._note_events()
            if not self._shortcut._is_turn_over:
                return
            data = b""

    def _note_events(self) -> None:
        parts: list[bytes] = []
        for event in self._library.events():
            if isinstance(event, Message):
                data = event.data
                parts.append(data.encode() if isinstance(data, str) else bytes(data))
                kind = type(event).__name__
                self.seen.append((kind, b"".join(parts)))
                parts.clear()
            else:
                self._closed = self._closed or isinstance(event, CloseConnection)
                self.seen.append((type(event).__name__, getattr(event, "code", None)))


def joined(seen: Seen) -> Seen:
    """Pieces of messages made one, whichever way they came."""
    result: Seen = []
    for how, what in seen:
        kind = "data" if isinstance(what, bytes) else how
        if result and kind == "data" and result[-1][0] == "data":
            before = result[-1][1]
            assert isinstance(before, bytes)
            assert isinstance(what, bytes)
            result[-1] = ("data", before + what)
        else:
            result.append((kind, what))
    return result


def assert_same(ordinary: Seen, ours: Seen) -> None:
    """What arrived through the library alone, and with the shortcut."""
    expected, got = joined(ordinary), joined(ours)
    if expected and expected[-1] == ("CloseConnection", CloseReason.INVALID_FRAME_PAYLOAD_DATA):
        # How much of a text that is no UTF-8 is given, and when that is noticed, depends on the
        # cuts, with the library alone too. And what is not there as a whole is held back.
        expected, got = without_data(expected), without_data(got)
        assert got in (expected, expected[:-1])
    elif got != expected:
        assert got == expected[: len(got)] or expected[-1][0] == "data"


def without_data(seen: Seen) -> Seen:
    return [one for one in seen if one[0] != "data"]
