"""Frames of a WebSocket arrive the same and in the same order, past the library or through it."""

from camserve.net.shortcut import BINARY, TEXT
from tests.camserve.net.shortcut_reader import Reader, assert_same
from tests.fuzz.cutting import cut


def check(data: bytes) -> None:
    pieces = cut(data)
    whole = b"".join(pieces)
    for opcode in (BINARY, TEXT):
        for limit in (300, 3):  # bytes of the longest message that is taken
            ordinary, ours = Reader(None), Reader(opcode, limit)
            ordinary.read(whole)
            for piece in pieces:
                ours.read(piece)
            assert_same(ordinary.seen, ours.seen)
