"""JPEGs and clips made for a test."""

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from cv2.typing import MatLike

from camclient.sources.picture import encode_jpeg
from camclient.sources.video import VideoSource

#: The corners of `corners()`, clockwise from the upper left: blue, green, red.
BLUE, GREEN, RED, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


@contextmanager
def opened(source: VideoSource) -> Iterator[VideoSource]:
    source.open()
    try:
        yield source
    finally:
        source.close()


def corners(width: int = 64, height: int = 48) -> MatLike:
    """A picture with a color of its own in each quarter."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = BLUE
    image[: height // 2, width // 2 :] = GREEN
    image[height // 2 :, width // 2 :] = RED
    image[height // 2 :, : width // 2] = WHITE
    return image


def shown_corners(jpeg: bytes) -> list[str]:
    """The corners as a browser shows them, clockwise from the upper left."""
    image = decode(jpeg)
    names = {BLUE: "blue", GREEN: "green", RED: "red", WHITE: "white"}
    rows, columns = image.shape[:2]
    places = [(5, 5), (5, columns - 6), (rows - 6, columns - 6), (rows - 6, 5)]
    return [
        names[min(names, key=lambda color: np.abs(image[place].astype(int) - color).sum())]
        for place in places
    ]


def decode(jpeg: bytes) -> MatLike:
    """As a browser does it: the EXIF orientation is obeyed."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def noise(width: int = 64, height: int = 48, seed: int = 1) -> MatLike:
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)


def photo() -> bytes:
    """A JPEG of 64 x 48 pixels without EXIF; noisy, so that its scan has many bytes."""
    return encode_jpeg(noise(), 90)


def without_tables(jpeg: bytes) -> bytes:
    """What a USB camera sends: the segments DHT are left out."""
    position, kept = 2, [jpeg[:2]]
    while True:
        (length,) = struct.unpack_from(">H", jpeg, position + 2)
        if jpeg[position + 1] == 0xDA:
            return b"".join([*kept, jpeg[position:]])
        if jpeg[position + 1] != 0xC4:
            kept.append(jpeg[position : position + 2 + length])
        position += 2 + length


def motion_jpeg_avi(path: Path, pictures: Sequence[bytes], fps: float = 20) -> Path:
    """An AVI file of these JPEGs, as they are; 64 x 48 pixels."""
    chunks = b"".join(_chunk(b"00dc", jpeg) for jpeg in pictures)
    micro = round(1_000_000 / fps)
    avih = struct.pack("<14I", micro, 0, 0, 0, len(pictures), 0, 1, 0, 64, 48, 0, 0, 0, 0)
    strh = struct.pack(
        "<4s4sIHHIIIIIIIIHHHH",
        *(b"vids", b"MJPG", 0, 0, 0, 0, 1, round(fps), 0, len(pictures), 0, 0xFFFFFFFF, 0),
        *(0, 0, 64, 48),
    )
    strf = struct.pack("<IiiHH4sIiiII", 40, 64, 48, 1, 24, b"MJPG", 64 * 48 * 3, 0, 0, 0, 0)
    strl = _list(b"strl", _chunk(b"strh", strh) + _chunk(b"strf", strf))
    body = _list(b"hdrl", _chunk(b"avih", avih) + strl) + _list(b"movi", chunks)
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(body)) + b"AVI " + body)
    return path


def avi_packets(avi: bytes) -> list[bytes]:
    """The pictures in an AVI file, found without any library."""
    position, end = avi.index(b"movi") + 4, avi.index(b"idx1")
    packets = []
    while position < end - 8:
        name, length = struct.unpack_from("<4sI", avi, position)
        if name == b"00dc":
            packets.append(avi[position + 8 : position + 8 + length])
        position += 8 + length + length % 2
    return packets


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _list(name: bytes, data: bytes) -> bytes:
    return _chunk(b"LIST", name + data)
