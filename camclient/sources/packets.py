"""Pictures that come as JPEGs: passed on as they are, and decoded only where a change is asked for.

Nothing here imports OpenCV before a picture needs it: a Pi Zero that passes on what its camera
module compresses has neither the time nor the memory for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from camclient.sources import SourceOptions, exif
from camclient.sources.jpeg import whole_jpeg
from camclient.sources.overlay import Stamp
from camclient.sources.source import Capture, SourceError
from camserve.wire import jpeg_dimensions


def jpeg_capture(jpeg: bytes, options: SourceOptions, number: int = 0) -> Capture:
    """The capture of one JPEG. This costs nothing; what takes time is done in its `encode()`.

    Args:
        jpeg: SOI to EOI. Padding behind it is cut, and Huffman tables that are left out (T.81,
            annex K.3) are put in; in all else it is passed on byte for byte if nobody asks for a
            change. Rotation and mirror are no such change: they are written into its EXIF.
        number: which picture this is since the source was opened, for the overlay.
    """
    return JpegCapture(jpeg, options, Stamp.now(number) if options.overlay else None)


@dataclass(frozen=True, slots=True)
class JpegCapture:
    """One JPEG as it came.

    Attributes:
        stamp: when it came; None when there is no overlay to show it.
    """

    jpeg: bytes
    options: SourceOptions
    stamp: Stamp | None

    @property
    def quick(self) -> bool:
        return not self._is_to_change(self.jpeg)

    def encode(self, quality: int, width: int = 0) -> bytes:
        jpeg = whole_jpeg(self.jpeg)
        if jpeg is None:
            raise SourceError("it is no complete JPEG")
        asked = exif.orientation(self.options.rotate, self.options.mirror)
        if not self._is_to_change(jpeg):
            if asked == exif.UPRIGHT:
                return jpeg
            return exif.set_orientation(jpeg, exif.combine(exif.get_orientation(jpeg), asked))
        try:
            from camclient.sources.picture import recompress
        except ImportError as error:
            raise SourceError(
                "changing the pictures of a camera (size, quality, overlay) needs OpenCV, "
                f"and Python says: {' '.join(str(error).split())}"
            ) from error
        return recompress(jpeg, self.options, self.stamp, quality, width)

    def _is_to_change(self, jpeg: bytes) -> bool:
        options = self.options
        if options.recompress or options.overlay:
            return True
        if options.width is None and options.height is None:
            return False
        # None: no size in the header. OpenCV may still find out what it is.
        size = jpeg_dimensions(jpeg)
        if size is None:
            return True
        turned = exif.swaps_sides(exif.get_orientation(jpeg)) != (options.rotate % 180 == 90)
        wide, high = size[::-1] if turned else size
        return wide > (options.width or wide) or high > (options.height or high)
