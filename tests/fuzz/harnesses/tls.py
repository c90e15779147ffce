"""Whatever comes first on a port with TLS, nothing is told in clear, and nobody else feels it."""

import functools
import ssl
import tempfile
from pathlib import Path

from tests.certificates import Authority
from tests.fuzz.besieged import Besieged, assert_hides_pictures
from tests.fuzz.cutting import cut

ALERT, HANDSHAKE = 0x15, 0x16  # record types of RFC 8446, section 5.1
AFTER_A_HELLO = 0x40  # bit of the first byte


def check(data: bytes) -> None:
    server = secure_server()
    pieces = cut(data)
    if data and data[0] & AFTER_A_HELLO:
        pieces = [client_hello(), *pieces]
    for port in ("http_port", "ingest_port"):
        answer = server.suffers(port, pieces)
        assert_hides_pictures(answer)
        assert not answer or answer[0] in {ALERT, HANDSHAKE} or answer.startswith(b"HTTP/1.1 400 ")


@functools.cache
def secure_server() -> Besieged:
    """With a certificate of its own; there as long as the process is."""
    with tempfile.TemporaryDirectory() as directory:
        certfile, keyfile = Authority(Path(directory)).issue()
        server = Besieged({"certfile": certfile, "keyfile": keyfile})
        server.start()
    return server


@functools.cache
def client_hello() -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("a handshake with nobody")
