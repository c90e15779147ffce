"""What a stranger says, on which port: 1,000 inputs that somebody thought of, and random ones."""

import base64
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

from tests.raw_websocket import frame, handshake
from tests.torture.mutation import mutated, noise
from tests.torture.requests import FOREIGN, forms, http, smuggled

HTTP, INGEST = "http", "ingest"
SOCKETS = ["/video-output-stream", "/camera/video-output-stream", "/live", "/video-input-stream"]
PICTURES = [
    "/get-image?cameraId=1",
    "/camera/get-image?cameraId=1",
    "/stream-image?cameraId=1",
    "/cameras/1/snapshot.jpg",
    "/cameras/1/stream.mjpg",
    "/cameras/1/events",
    "/list",
    "/?action=stream",
    "/?action=snapshot_1",
]
ROUTES = [*PICTURES, "/cameras", "/cameras/1", "/metrics", "/readyz", "/docs", "/openapi.json", "/"]


@dataclass(frozen=True, slots=True)
class Input:
    port: str
    said: bytes

    def head_and_rest(self) -> tuple[bytes, bytes]:
        """A handshake, and what is to be said when it was answered; or all at once."""
        head, end, rest = self.said.partition(b"\r\n\r\n")
        if b"Upgrade: websocket" not in head:
            return self.said, b""
        return head + end, rest


def hello(camera_id: int, length: int, token: bytes) -> bytes:
    return struct.pack("<ii", camera_id, length) + token


def publishing(said: bytes) -> bytes:
    """As a camera that is sure of being let in: what it says, and at once a picture."""
    return handshake() + frame(said + struct.pack("<i", len(FOREIGN)) + FOREIGN)


def crafted(token: str) -> list[Input]:
    """token: the right one of camera 1, from which wrong ones are made"""
    inputs = [Input(port, said) for said in _hellos(token) for port in (HTTP, INGEST)]
    inputs += [Input(port, said) for said in _handshakes() for port in (HTTP, INGEST)]
    inputs += [Input(HTTP, said) for said in [*_proofs(), *smuggled(), *forms(token)]]
    return inputs


def random_inputs(token: str, seed: int, count: int) -> Iterator[Input]:
    """The same for the same seed."""
    random = Random(seed)
    valid = crafted(token)
    for _ in range(count):
        match random.randrange(5):
            case 0:
                yield Input(random.choice([HTTP, INGEST]), noise(random))
            case 1:
                path = random.choice(SOCKETS)
                yield Input(HTTP, handshake(path) + noise(random))
            case 2:
                port = random.choice([HTTP, INGEST])
                yield Input(port, handshake() + frame(noise(random)))
            case _:
                one = random.choice(valid)
                yield Input(one.port, mutated(one.said, random))


def _hellos(token: str) -> Iterator[bytes]:
    right = token.encode()
    tokens = [
        b"",
        right[:-1],
        right + b"0",
        right.upper(),
        right[:-1] + (b"0" if right[-1:] != b"0" else b"1"),
        (b"0" if right[:1] != b"0" else b"1") + right[1:],
        b" " + right[1:],
        right[:32] + b"\0" + right[33:],
        b"\xff" * 64,
        b"\xed\xa0\x80" * 20,
        "\N{DIGIT ONE}\N{ARABIC-INDIC DIGIT ONE}".encode() * 16,
        b"x" * 1024,
        b"x" * 1025,
        b"x" * 60_000,
    ]
    for camera_id, text in product([1, 2, 0, -1, 3, 2**31 - 1, -(2**31)], tokens):
        yield publishing(hello(camera_id, len(text), text))
    for length in [-(2**31), -65, -1, 0, 1, 63, 65, 1024, 1025, 65536, 2**24, 2**31 - 1]:
        yield publishing(hello(1, length, right[:-1] + b"x"))
    for size in range(8):
        yield handshake() + frame(hello(1, 64, b"x" * 64)[:size])
    # A right token that is cut at its end, or comes as text, or unmasked, is not one.
    yield handshake() + frame(hello(1, 64, right[:-1]))
    yield handshake() + frame(hello(1, 64, right), opcode=1)
    yield handshake() + b"\x82\x7e\x00\x48" + hello(1, 64, right)


def _handshakes() -> Iterator[bytes]:
    lines = handshake("/video-input-stream").split(b"\r\n")[:-2]
    for path in [
        *SOCKETS,
        "/",
        "//live",
        "/live/",
        "/LIVE",
        "/live%2f",
        "/camera/../live",
        "http://x/live",
    ]:
        for extra in [
            "",
            "Origin: http://evil",
            "Authorization: Basic Og==",
            "Cookie: camserve_session=x",
        ]:
            said = handshake(path)[:-2] + (extra.encode() + b"\r\n" if extra else b"") + b"\r\n"
            yield said + frame(b'{"op": "watch", "camera": 1}', opcode=1)
    for number, other in product(
        range(len(lines)),
        [b"", b"\xff", b"X: y", b"Upgrade: h2c", b"Connection: close", b"Content-Length: 10"],
    ):
        yield b"\r\n".join([*lines[:number], other, *lines[number + 1 :], b"", b""])
        yield b"\r\n".join(
            [*lines[:number], lines[number], other or lines[number], *lines[number + 1 :]]
        )
    for opcode, size in product(range(16), [0, 125, 126, 65536]):
        yield handshake() + frame(bytes(size), opcode=opcode)


def _proofs() -> Iterator[bytes]:
    """Every route of somebody who pretends to be let in."""
    proofs = [
        "Authorization: Basic",
        "Authorization: Basic !!!",
        *(f"Authorization: Basic {base64.b64encode(said).decode()}" for said in BASIC),
        "Authorization: Bearer",
        "Authorization: Bearer null",
        "Authorization: Bearer 1.1.9999999999.c2lnbmF0dXJl",
        "Authorization: Bearer \xff\xfe",
        "Authorization: Digest username=admin",
        f"Authorization: Bearer {'x' * 8000}",
        "Cookie: camserve_session=",
        "Cookie: camserve_session=eyJyb2xlIjoiYWRtaW4ifQ.Zz.x",
        "Cookie: camserve_session=eyJyb2xlIjogMn0.AAAA.AAAA; camserve_session=\xff",
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-Prefix: /static",
        "X-HTTP-Method-Override: OPTIONS",
    ]
    for route, proof in product(ROUTES, proofs):
        yield http(route, proof)
    for route, token in product(PICTURES, ["", "1", "1.1.9999999999.x", "%ff", "a" * 2000]):
        yield http(route + ("&" if "?" in route else "?") + f"token={token}")
    for route, method in product(
        PICTURES, ["HEAD", "OPTIONS", "POST", "PUT", "TRACE", "get", "CONNECT"]
    ):
        yield http(route, method=method)
    for target in TARGETS:
        yield f"GET {target} HTTP/1.1\r\nHost: test\r\n\r\n".encode("latin-1")


BASIC = [b"", b":", b"x:y", b"\xff\xfe:\xfd", b"admin:" + b"\0" * 100, b"x" * 5000]
TARGETS = [
    "/static/../cameras/1/snapshot.jpg",
    "/static/%2e%2e/cameras/1/snapshot.jpg",
    "/static//cameras/1/snapshot.jpg",
    "//cameras/1/snapshot.jpg",
    "/hello/../list",
    "/hello%0d%0aX:y",
    "/healthz;/../list",
    "*",
    "http://",
    "http:///list",
    "http://test/list",
    "/cameras/1/snapshot.jpg%00.css",
    "/cameras/99999999999999999999999/snapshot.jpg",
    "/cameras/-1/stream.mjpg",
    "/cameras/1/snapshot.jpg?wait=1e999&max_age=nan",
    "/login?next=//evil",
    "/login?code=" + "x" * 3000,
]
