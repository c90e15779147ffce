"""Cameras, files and streams through OpenCV's VideoCapture, for OpenCV 4.6 and newer."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2

from camclient.sources import SourceOptions
from camclient.sources.pacing import Throttle
from camclient.sources.source import SourceError

if TYPE_CHECKING:
    from cv2.typing import MatLike  # OpenCV 4.6 of Debian 12 has no such module

DEFAULT_FPS = 15.0
#: A file whose header gives no frame rate, or nonsense, plays at this one.
UNKNOWN_FILE_FPS = 25.0
MAX_SIDE = 1 << 16  # pixels; no JPEG is wider
HIGHEST_FPS = 1000.0  # above this a header's value is a time base and no frame rate
#: How long a network stream may take to connect, and to give the next frame; OpenCV's own is 30 s.
STREAM_TIMEOUT = 10_000  # ms


@dataclass(frozen=True, slots=True)
class ImageCapture:
    """One picture in memory.

    Attributes:
        image: height x width x 3, BGR, 8 bits; nobody changes it any more.
        width, height: the box that the JPEG must fit in, in pixels.
    """

    image: MatLike
    width: int | None
    height: int | None

    def encode(self, quality: int, width: int = 0) -> bytes:
        widest = min(width or self.width or MAX_SIDE, self.width or MAX_SIDE)
        try:
            return encode_jpeg(shrink(self.image, widest, self.height), quality)
        except cv2.error as error:
            raise SourceError(f"OpenCV cannot encode this picture: {error.err}") from error


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


class CameraSource:
    """A camera of this computer. It sets the pace; frames above `fps` are taken and thrown away.

    Args:
        device: its number, or its path (`/dev/video0`, `/dev/v4l/by-id/...`).
    """

    pace = None

    def __init__(
        self,
        device: int | str,
        options: SourceOptions,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = str(device) if isinstance(device, str) else f"camera {device}"
        self._device = device
        self._options = options
        self._fps = options.fps or DEFAULT_FPS
        self._clock = clock
        self._video = cv2.VideoCapture()

    def open(self) -> None:
        backend = cv2.CAP_ANY if isinstance(self._device, int) else cv2.CAP_V4L2
        if not open_video(self._video, self._device, backend):
            raise SourceError(self._why_not())
        # Motion JPEG first: raw pictures above VGA do not fit through USB 2 at a useful rate. A
        # camera takes of all this what it can, and says nothing about the rest.
        self._video.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        if self._options.width:
            self._video.set(cv2.CAP_PROP_FRAME_WIDTH, self._options.width)
        if self._options.height:
            self._video.set(cv2.CAP_PROP_FRAME_HEIGHT, self._options.height)
        self._video.set(cv2.CAP_PROP_FPS, self._fps)
        self._throttle = Throttle(self._fps, self._clock)

    def read(self) -> ImageCapture:
        # Frames that are not wanted are still taken from the driver, else its queue makes the
        # wanted ones old; only retrieve() costs the decoding.
        while True:
            if not self._video.grab():
                raise SourceError("gives no pictures any more (unplugged?)")
            if self._throttle.keep():
                return retrieve(self._video, self._options)

    def limit(self, fps: float | None) -> None:
        self._throttle.limit(min(self._fps, fps or self._fps))

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        self._video.release()

    def _why_not(self) -> str:
        path = f"/dev/video{self._device}" if isinstance(self._device, int) else self._device
        if not os.path.exists(path):
            return f"there is no {path}"
        if not os.access(path, os.R_OK | os.W_OK):
            return f"no permission for {path} (is this user in the group video?)"
        return f"{path} gives no pictures (in use by another program?)"


class VideoSource:
    """A file, played in a loop in real time, or a network stream, as fast as it comes.

    What has a known number of frames, or lies on this computer, is a file. After `open()` a slow
    reader gets the file's frame of this moment: frames in between are skipped, as in any player.
    """

    def __init__(
        self, place: str, options: SourceOptions, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = place
        self.pace: float | None = None
        self._options = options
        self._clock = clock
        self._video = cv2.VideoCapture()

    def open(self) -> None:
        if "://" in self.name:
            timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, STREAM_TIMEOUT]
            timeouts += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, STREAM_TIMEOUT]
            opened = open_video(self._video, self.name, cv2.CAP_FFMPEG, timeouts)
        elif not os.path.exists(self.name):
            raise SourceError("there is no such file")
        else:
            opened = False
        if not (opened or open_video(self._video, self.name, cv2.CAP_ANY)):
            raise SourceError("cannot be opened, or is no video that OpenCV knows")
        self._is_file = os.path.isfile(self.name) or (self._video.get(cv2.CAP_PROP_FRAME_COUNT) > 0)
        own = self._video.get(cv2.CAP_PROP_FPS)
        self._fps = own if math.isfinite(own) and 0 < own <= HIGHEST_FPS else UNKNOWN_FILE_FPS
        limit = self._options.fps
        self.pace = min(self._fps, limit or self._fps) if self._is_file else None
        self._throttle = Throttle(limit, self._clock)
        self._started: float | None = None
        self._position = -1  # the last frame that was taken, counted from open() through all loops

    def read(self) -> ImageCapture:
        if self._is_file:
            self._advance()
        else:
            self._grab_newest()
        return retrieve(self._video, self._options)

    def limit(self, fps: float | None) -> None:
        self._limit = fps

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        self._video.release()

    def _grab_newest(self) -> None:
        while True:
            if not self._video.grab():
                raise SourceError("the stream ended")
            if self._throttle.keep():
                return

    def _advance(self) -> None:
        """Go to the frame that is due by the clock: at least one on, at most a second's worth."""
        now = self._clock()
        if self._started is None:
            self._started = now
        due = math.floor((now - self._started) * self._fps)
        steps = max(1, due - self._position)
        if steps > self._fps + 1:
            # The computer slept, or a single picture is read now and then: decoding all that was
            # missed would take long, so go on from here.
            steps = 1
            self._started = now - (self._position + 1) / self._fps
        for _ in range(steps):
            if not self._video.grab():
                self._rewind()
            self._position += 1

    def _rewind(self) -> None:
        """Stand on the first frame again; not every container can seek, those are opened anew."""
        if self._video.set(cv2.CAP_PROP_POS_FRAMES, 0) and self._video.grab():
            return
        if not (open_video(self._video, self.name, cv2.CAP_ANY) and self._video.grab()):
            raise SourceError("has no pictures")


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


def retrieve(video: cv2.VideoCapture, options: SourceOptions) -> ImageCapture:
    """Decode the frame that was grabbed last."""
    try:
        done, image = video.retrieve()
    except cv2.error as error:
        raise SourceError(f"OpenCV cannot read a picture: {error.err}") from error
    if not done:
        raise SourceError("OpenCV cannot decode a picture")
    return ImageCapture(image, options.width, options.height)
