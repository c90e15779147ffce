"""Where everybody may watch, no viewer's words on a WebSocket break or publish anything."""

from tests.fuzz.besieged import assert_is_http, besieged
from tests.fuzz.cutting import cut
from tests.raw_websocket import BINARY, TEXT, frame, handshake

LIVE, AS_TEXT, RAW = 0x80, 0x40, 0x20  # bits of the first byte


def check(data: bytes) -> None:
    how, pieces = data[0] if data else 0, cut(data)
    if not how & RAW:
        pieces = [frame(piece, TEXT if how & AS_TEXT else BINARY) for piece in pieces]
    path = "/live" if how & LIVE else "/video-output-stream"
    assert_is_http(besieged().suffers("http_port", [handshake(path), *pieces]))
