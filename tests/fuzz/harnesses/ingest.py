"""A stranger on a camera's way in, by either port, publishes nothing and hinders no camera."""

from tests.fuzz.besieged import assert_hides_pictures, assert_is_http, besieged
from tests.fuzz.cutting import cut
from tests.fuzz.harnesses.http import ADMIN, PASSWORD
from tests.raw_websocket import frame, handshake

OTHER_PORT, AFTER_HANDSHAKE, IN_FRAMES = 0x80, 0x40, 0x20  # bits of the first byte


def check(data: bytes) -> None:
    server = besieged(viewer_password=PASSWORD, admin_token=ADMIN)
    how, pieces = data[0] if data else 0, cut(data)
    if how & IN_FRAMES:
        pieces = [frame(piece) for piece in pieces]
    if how & AFTER_HANDSHAKE:
        pieces = [handshake(), *pieces]
    answer = server.suffers("http_port" if how & OTHER_PORT else "ingest_port", pieces)
    assert_is_http(answer)
    assert_hides_pictures(answer)
