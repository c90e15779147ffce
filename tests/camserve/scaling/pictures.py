"""Real JPEGs, and a look into them."""

import struct

import cv2
import numpy as np

RED, GREEN, BLUE, WHITE = (0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255)  # BGR
#: Begins and ends as a JPEG, has a size, and nothing else.
BROKEN = (
    b"\xff\xd8\xff\xc0\x00\x11\x08\x00\xf0\x01\x40\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01\xff\xd9"
)


def picture(width: int, height: int, orientation: int | None = None) -> bytes:
    """Quarters: red and green above, blue and white below; turned as EXIF says, if it does.

    orientation: EXIF 2.32, tag 0x0112: 1 upright, 6 and 8 lie on a side
    """
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = RED
    image[: height // 2, width // 2 :] = GREEN
    image[height // 2 :, : width // 2] = BLUE
    image[height // 2 :, width // 2 :] = WHITE
    jpeg = cv2.imencode(".jpg", image)[1].tobytes()
    return jpeg if orientation is None else jpeg[:2] + _exif(orientation) + jpeg[2:]


def shape(jpeg: bytes) -> tuple[int, int]:
    """Width and height."""
    height, width, _ = _decoded(jpeg).shape
    return width, height


def corners(jpeg: bytes) -> list[str]:
    """The colours of the quarters: above left, above right, below left, below right."""
    image = _decoded(jpeg)
    height, width, _ = image.shape
    names = {"red": RED, "green": GREEN, "blue": BLUE, "white": WHITE}
    found = []
    for row in (height // 4, height * 3 // 4):
        for column in (width // 4, width * 3 // 4):
            seen = image[row, column].astype(int)
            found += [name for name, bgr in names.items() if abs(seen - np.array(bgr)).max() < 30]
    return found


def _decoded(jpeg: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert isinstance(image, np.ndarray)
    return image.astype(np.uint8)


def _exif(orientation: int) -> bytes:
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0)
    segment = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment
