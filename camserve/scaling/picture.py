"""One JPEG made smaller. OpenCV and NumPy are imported when the first picture asks for it: a server
that scales nothing needs neither them nor their memory.
"""

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from camserve.wire import jpeg_dimensions

if TYPE_CHECKING:
    from cv2.typing import MatLike

QUALITY = 80  # of the JPEG, 1 to 100
#: A few kilobytes can claim to be gigabytes of pixels. No camera makes 64 megapixels a frame.
MAX_PIXELS = 64_000_000

EXIF = b"Exif\0\0"


class ScalingError(Exception):
    """A picture cannot be made smaller."""


class ScalingUnavailableError(ScalingError):
    """This server cannot scale at all; the message says what would change that."""


class UndecodableError(ScalingError):
    """This is no JPEG that OpenCV can read."""


def require_opencv() -> None:
    """Find out, without the time that an import takes, whether OpenCV is installed.

    Raises:
        ScalingUnavailableError: it is not.
    """
    # An imported cv2 has no spec to be found; one that is blocked is there as None.
    if "cv2" in sys.modules:
        installed = sys.modules["cv2"] is not None
    else:
        installed = find_spec("cv2") is not None
    if not installed:
        raise _unavailable("is not installed")


def shrink(jpeg: bytes, width: int) -> bytes:
    """The same picture `width` pixels wide, upright, its shape kept.

    The same object back when it is not wider than that. Takes milliseconds: call it in a thread.

    jpeg: one complete image, SOI to EOI
    width: pixels, 1 or more

    Raises:
        UndecodableError: OpenCV cannot read it, or it is larger than MAX_PIXELS.
        ScalingUnavailableError: OpenCV is not installed, or is broken.
    """
    size = jpeg_dimensions(jpeg)
    if size is None or size[0] * size[1] > MAX_PIXELS:
        raise UndecodableError(f"no picture to scale: {size or 'no size'}")
    stored_width, stored_height = size
    if stored_width <= width and not (stored_height > width and EXIF in jpeg):
        return jpeg
    try:
        import cv2
    except ImportError as error:
        raise _unavailable(f"cannot be imported ({error})") from error
    try:
        return _shrink(jpeg, width, stored_width, stored_height)
    except (cv2.error, MemoryError) as error:
        raise UndecodableError(str(error)) from error


def _shrink(jpeg: bytes, width: int, stored_width: int, stored_height: int) -> bytes:
    import cv2

    image = _decode(jpeg, _reduction(stored_width, width))
    # OpenCV has turned it upright if its EXIF orientation said so; then the sides have changed.
    turned = (image.shape[0] > image.shape[1]) != (stored_height > stored_width)
    upright_width = stored_height if turned else stored_width
    upright_height = stored_width if turned else stored_height
    if upright_width <= width:
        return jpeg
    if image.shape[1] < width:
        image = _decode(jpeg, _reduction(upright_width, width))
    height = max(1, round(upright_height * width / upright_width))
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return data.tobytes()


def _reduction(stored_width: int, width: int) -> int:
    """How much smaller to decode at once. The decoder does it for next to nothing (libjpeg scales
    in the frequency domain), but only by these; what is left is for `resize`.
    """
    return next(by for by in (8, 4, 2, 1) if stored_width >= by * width or by == 1)


def _decode(jpeg: bytes, reduction: int) -> "MatLike":
    import cv2
    import numpy as np

    flags = {
        1: cv2.IMREAD_COLOR,
        2: cv2.IMREAD_REDUCED_COLOR_2,
        4: cv2.IMREAD_REDUCED_COLOR_4,
        8: cv2.IMREAD_REDUCED_COLOR_8,
    }
    # The stubs do not know that it is None for what cannot be decoded.
    image: object = cv2.imdecode(np.frombuffer(jpeg, np.uint8), flags[reduction])
    if not isinstance(image, np.ndarray):
        raise UndecodableError("OpenCV cannot decode it")
    return image


def _unavailable(what: str) -> ScalingUnavailableError:
    return ScalingUnavailableError(
        f"Pictures are made smaller by OpenCV, which {what}: "
        'pip install "camserve[camera]" on the server'
    )
