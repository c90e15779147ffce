"""A short way for the messages that come by the thousand, past the WebSocket library.

A picture that comes in, or a viewer's word that it has shown one, costs wsproto, trio-websocket and
the task that waits for it more than everything else we do with it. Both are nearly always
one whole, unfragmented, masked WebSocket frame, and such a frame is easy to read: RFC 6455, section
5.2. So the stream below knows where each frame begins and ends, takes the plain ones of one kind
out, and hands everything else on to the library, byte for byte and in order: the handshake, pings,
closes, long or fragmented messages, and whatever is wrong.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from struct import Struct
from typing import Final

import trio
from wsproto.frame_protocol import XorMaskerSimple

from .shared_reader import SharedReader
from .stream import ConnectionStream

TEXT: Final = 0x1
BINARY: Final = 0x2
SHORT: Final = 125  # bytes; the longest payload whose length fits into the second byte
#: Taken messages after which others have their turn: 64 KiB can hold ten thousand.
TURN: Final = 32

MAX_HEAD_BYTES: Final = 16 * 1024  # of a request; as in the setting
NOTHING: Final = -1  # instead of a longest length
_END_OF_HEAD: Final = b"\r\n\r\n"
_FINAL: Final = 0x80
_MASKED: Final = 0x80
_OPCODE: Final = 0x0F
_CONTROL: Final = 0x08
_CLOSE: Final = 0x8
_KNOWN: Final = frozenset([0x0, TEXT, BINARY, _CLOSE, 0x9, 0xA])
_KEY: Final = 4  # bytes
_LENGTHS: Final = {126: Struct(">H"), 127: Struct(">Q")}
_LEAST: Final = {126: 126, 127: 65536}  # shorter ones have to be written shorter
_IMPROPER: Final = (0, -1)  # instead of where a payload begins, and its length


class HeadTooLongError(Exception):
    """The request that asks for a WebSocket is longer than it may be."""


class ShortcutStream(trio.abc.Stream):
    """What a WebSocket library reads from instead of `stream`, on the server's side.

    Until `take_messages` it hands everything on, except for a request that is too long.
    """

    def __init__(self, stream: trio.abc.Stream, max_head_bytes: int) -> None:
        self._stream = stream
        self._max_head_bytes = max_head_bytes
        self._read: Callable[[], Awaitable[bytes]] | None = None
        self._take: Callable[[bytes], bool]
        self._first = 0  # the first byte of the frames that are taken
        self._longest = NOTHING
        # Whether we know where frames begin: not when something came along with the handshake.
        self._knows_frames: bool | None = None
        self._handshake = b""
        self._held = b""  # the beginning of a frame that is not there as a whole yet
        self._skip = 0  # bytes of a frame that are still to be handed on
        self._in_message = False  # between the parts of a fragmented message
        self._is_turn_over = False
        #: Set by who takes: there is more to do with what it was given, and it is to be called
        #: again, with nothing, until it is done; meanwhile nothing is read.
        self.unfinished = False

    def handshake_done(self) -> None:
        """What comes from now on are frames."""
        self._knows_frames = self._handshake.partition(_END_OF_HEAD)[1:] == (_END_OF_HEAD, b"")
        self._handshake = b""

    def take_messages(self, opcode: int, longest: int, take: Callable[[bytes], bool]) -> None:
        """From now on give whole messages of this kind to `take` instead of handing them on.

        longest: bytes; a longer message goes the ordinary way
        take: False: this one is to go the ordinary way after all
        """
        self._first, self._longest, self._take = _FINAL | opcode, longest, take

    def read_by(self, reader: SharedReader, stream: ConnectionStream) -> None:
        """From now on let `reader` read from the connection; `stream` is what it lies on."""
        self._read = partial(reader.receive, stream, self._sort_for_another_task)

    def _sort_for_another_task(self, data: bytes) -> bytes | None:
        rest = self.sort(data)
        return rest if rest or self._has_more() else None

    def _has_more(self) -> bool:
        return self._is_turn_over

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        while True:
            while self.unfinished:
                await trio.lowlevel.checkpoint()
                self._take(b"")
            if self._is_turn_over:
                await trio.lowlevel.checkpoint()
                data = b""
            elif self._read is not None and self._knows_frames:
                data = await self._read()
                if data or not self._has_more():
                    return data
                continue
            else:
                data = bytes(await self._stream.receive_some(max_bytes))
                if not data:
                    return data
            if self._knows_frames:
                data = self.sort(data)
            elif self._knows_frames is None:
                self._handshake += data
                if len(self._handshake.partition(_END_OF_HEAD)[0]) > self._max_head_bytes:
                    raise HeadTooLongError
            if data:
                return data

    def sort(self, data: bytes) -> bytes:
        """Take what is to be taken out of the next bytes of the connection; returns the rest."""
        if self._is_one_short(data):
            # As nearly all are. What follows would do the same, at three times the cost.
            return b"" if self._take(unmasked(data[2:6], data[6:])) else data
        if self._held:
            data, self._held = self._held + data, b""
        passed: list[bytes] = []
        start, size = 0, len(data)
        taken = 0
        self._is_turn_over = False
        while start < size:
            if self._skip:
                end = min(size, start + self._skip)
                self._skip -= end - start
                passed.append(data[start:end])
                start = end
                continue
            if self.unfinished:
                self._is_turn_over = True
                break
            head = _payload(data, start) if _is_proper(data, start) else _IMPROPER
            if head is None:
                break
            begin, length = head
            if length < 0:
                # The library says so, and the connection ends.
                self._knows_frames = False
                passed.append(data[start:])
                start = size
                break
            end = begin + length
            if self._is_plain(data, start, length):
                if end > size:
                    break
                if passed or taken == TURN:
                    # What is handed on must be read before what follows it is taken.
                    self._is_turn_over = True
                    break
                taken += 1
                if self._take(unmasked(data[begin - _KEY : begin], data[begin:end])):
                    start = end
                    continue
            elif data[start] & _OPCODE == _CLOSE:
                self._longest = NOTHING  # nothing that follows counts
            elif not data[start] & _CONTROL:
                self._in_message = not data[start] & _FINAL
            self._skip = end - start
        if start < size:
            self._held = data[start:]
        return passed[0] if len(passed) == 1 else b"".join(passed)

    def _is_one_short(self, data: bytes) -> bool:
        """Whether this is exactly one message that is taken, and of at most 125 bytes."""
        length = len(data) - 6
        return (
            0 <= length <= SHORT
            and data[1] == _MASKED | length
            and data[0] == self._first
            and length <= self._longest
            and not self._held
            and not self._skip
            and not self._in_message
        )

    def _is_plain(self, data: bytes, start: int, length: int) -> bool:
        return data[start] == self._first and length <= self._longest and not self._in_message

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self._stream.aclose()


def _is_proper(data: bytes, start: int) -> bool:
    """Whether a frame of a client may begin like this. RFC 6455, sections 5.1 and 5.2."""
    first = data[start]
    return first & ~_FINAL in _KNOWN and bool(start + 1 == len(data) or data[start + 1] & _MASKED)


def _payload(data: bytes, start: int) -> tuple[int, int] | None:
    """Where the payload of the frame at `start` begins, and its length; None: not here yet.

    _IMPROPER: its length is written in a way that RFC 6455, section 5.2, forbids.
    """
    begin = start + 2
    if begin > len(data):
        return None
    length = data[start + 1] & ~_MASKED
    if length > SHORT:
        number = _LENGTHS[length]
        if begin + number.size > len(data):
            return None
        (longer,) = number.unpack_from(data, begin)
        if longer < _LEAST[length]:
            return _IMPROPER
        length = longer
        begin += number.size
    begin += _KEY
    return (begin, length) if begin <= len(data) else None


def unmasked(key: bytes, payload: bytes) -> bytes:
    """The payload as it was before the client masked it. RFC 6455, section 5.3."""
    size = len(payload)
    if size > SHORT:
        return bytes(XorMaskerSimple(key).process(bytearray(payload)))
    mask = int.from_bytes((key * (size // 4 + 1))[:size], "little")
    return (int.from_bytes(payload, "little") ^ mask).to_bytes(size, "little")
