"""OpenCV's VideoCapture, for OpenCV 4.6 and newer: opened, and its pictures taken out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

from camclient.sources.source import SourceError

if TYPE_CHECKING:
    from cv2.typing import MatLike  # OpenCV 4.6 of Debian 12 has no such module


def open_video(
    video: cv2.VideoCapture, what: int | str, backend: int, settings: list[int] | None = None
) -> bool:
    """Whether OpenCV could open it."""
    try:
        if isinstance(what, int):
            return video.open(what, backend)
        return video.open(what, backend, settings or [])
    except cv2.error:
        return False


def codec(video: cv2.VideoCapture) -> str:
    """The four letters that the camera or the file calls its codec, small; "" if it has none."""
    number = int(video.get(cv2.CAP_PROP_FOURCC))
    letters = number.to_bytes(4, "little", signed=True).decode("latin-1")
    return letters.strip("\0 ").lower() if number > 0 else ""


def retrieve_image(video: cv2.VideoCapture) -> MatLike:
    """Decode the frame that was grabbed last: height x width x 3, BGR. Raises: SourceError."""
    return _retrieve(video)


def retrieve_packet(video: cv2.VideoCapture) -> bytes:
    """The bytes of the frame that was grabbed last, when OpenCV was told not to decode.

    Raises:
        SourceError: there are none.
    """
    return _retrieve(video).tobytes()


def _retrieve(video: cv2.VideoCapture) -> MatLike:
    try:
        done, image = video.retrieve()
    except cv2.error as error:
        raise SourceError(f"OpenCV cannot read a picture: {error.err}") from error
    if not done:
        raise SourceError("OpenCV cannot decode a picture")
    return image
