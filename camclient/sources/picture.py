"""What OpenCV does to a decoded picture on its way to a JPEG: turn, shrink, write, encode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from camclient.sources import SourceOptions, exif
from camclient.sources.overlay import Stamp, draw_overlay, overlay_words
from camclient.sources.source import SourceError
from camserve.wire import jpeg_dimensions

if TYPE_CHECKING:
    from cv2.typing import MatLike  # OpenCV 4.6 of Debian 12 has no such module

MAX_SIDE = 1 << 16  # pixels; no JPEG is wider
_TURNS = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}
#: The decoder makes a picture smaller for next to nothing (libjpeg scales in the frequency domain),
#: but only by these.
_REDUCED = {
    8: cv2.IMREAD_REDUCED_COLOR_8,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    1: cv2.IMREAD_COLOR,
}


@dataclass(frozen=True, slots=True)
class ImageCapture:
    """One picture in memory.

    Attributes:
        image: height x width x 3, BGR, 8 bits, as the camera saw it; nobody changes it any more.
        stamp: when it was taken; None when there is no overlay to show it.
    """

    image: MatLike
    options: SourceOptions
    stamp: Stamp | None = None

    quick = False

    def encode(self, quality: int, width: int = 0) -> bytes:
        try:
            asked = exif.orientation(self.options.rotate, self.options.mirror)
            return _finish(self.image, asked, self.options, self.stamp, quality, width)
        except cv2.error as error:
            raise SourceError(f"OpenCV cannot encode this picture: {error.err}") from error


def recompress(
    jpeg: bytes, options: SourceOptions, stamp: Stamp | None, quality: int, width: int
) -> bytes:
    """Decode a JPEG, make of it what the options say, and encode it again.

    width: the most pixels from left to right that anybody wants now, 0 for all.

    Raises:
        SourceError: OpenCV cannot read it.
    """
    asked = exif.orientation(options.rotate, options.mirror)
    turned = exif.combine(exif.get_orientation(jpeg), asked)
    box = _box(options, width, turned)
    try:
        return _finish(_decode(jpeg, box), turned, options, stamp, quality, width)
    except cv2.error as error:
        raise SourceError(f"OpenCV cannot decode or encode this picture: {error.err}") from error


def encode_jpeg(image: MatLike, quality: int) -> bytes:
    """One complete JPEG, SOI to EOI. `quality`: 1 to 100. Raises: SourceError."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise SourceError("OpenCV cannot encode this picture")
    return data.tobytes()


def shrink(image: MatLike, width: int | None, height: int | None) -> MatLike:
    """The image made to fit `width` x `height` pixels; its shape is kept, it is never enlarged."""
    rows, columns = image.shape[:2]
    factor = min(1.0, (width or columns) / columns, (height or rows) / rows)
    if factor == 1.0:
        return image
    size = (max(1, round(columns * factor)), max(1, round(rows * factor)))
    # INTER_AREA averages: no moire, and smaller JPEGs than the other methods give.
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def turn(image: MatLike, orientation: int) -> MatLike:
    """The image as its EXIF orientation says that it is to be shown; the same one if upright."""
    mirrored, turns = exif.MOVES[orientation]
    if mirrored:
        image = cv2.flip(image, 1)
    return cv2.rotate(image, _TURNS[turns]) if turns else image


def _finish(
    image: MatLike,
    orientation: int,
    options: SourceOptions,
    stamp: Stamp | None,
    quality: int,
    width: int,
) -> bytes:
    # Small before it is turned: fewer pixels to move.
    finished = turn(shrink(image, *_box(options, width, orientation)), orientation)
    if stamp is not None:
        if finished is image:
            finished = image.copy()
        draw_overlay(finished, overlay_words(options, stamp))
    return encode_jpeg(finished, quality)


def _box(options: SourceOptions, width: int, orientation: int) -> tuple[int, int]:
    """What the picture must fit in before it is turned, so that it fits the options after that."""
    asked = options.width or MAX_SIDE
    box = (min(width or asked, asked), options.height or MAX_SIDE)
    return box[::-1] if exif.swaps_sides(orientation) else box


def _decode(jpeg: bytes, box: tuple[int, int]) -> MatLike:
    """The picture as it is stored, already smaller if it will be much smaller in the end."""
    wide, high = jpeg_dimensions(jpeg) or (0, 0)
    shrunk = max(1.0, wide / box[0], high / box[1])
    # Its orientation is taken together with ours, and so must not be obeyed here.
    flags = _REDUCED[max(by for by in _REDUCED if by <= shrunk)] | cv2.IMREAD_IGNORE_ORIENTATION
    # The stubs do not know that it is None for what cannot be decoded.
    image: object = cv2.imdecode(np.frombuffer(jpeg, np.uint8), flags)
    if not isinstance(image, np.ndarray):
        raise SourceError("OpenCV cannot decode this picture")
    return image
