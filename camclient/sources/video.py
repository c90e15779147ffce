"""Video files and network streams, through OpenCV."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import cv2

from camclient.sources import SourceOptions, exif
from camclient.sources.jpeg import is_one_picture
from camclient.sources.opencv import codec, open_video, retrieve_image, retrieve_packet
from camclient.sources.overlay import Stamp
from camclient.sources.pacing import Throttle
from camclient.sources.packets import jpeg_capture
from camclient.sources.picture import ImageCapture
from camclient.sources.source import Capture, SourceError

#: A file whose header gives no frame rate, or nonsense, plays at this one.
UNKNOWN_FILE_FPS = 25.0
HIGHEST_FPS = 1000.0  # above this a header's value is a time base and no frame rate
#: How long a network stream may take to connect, and to give the next frame; OpenCV's own is 30 s.
STREAM_TIMEOUT = 10_000  # ms
#: What containers call Motion JPEG, and what OpenCV 4.6 makes of it where they have no name for it.
#: "mp4v" may be many things; "" is not known. Only the first packet shows whether it is true.
MOTION_JPEG = frozenset({"mjpg", "jpeg", "mjpe", "mjpa", "avrn", "dmb1", "mp4v", ""})
#: A stream that we come into may begin with the rest of a picture.
FIRST_PACKETS = 3


class VideoSource:
    """A file, played in a loop in real time, or a network stream, as fast as it comes.

    What has a known number of frames, or lies on this computer, is a file. After `open()` a slow
    reader gets the file's frame of this moment: frames in between are skipped, as in any player.
    Read less than once a second, it is not played in real time but frame by frame: to skip a frame
    of most codecs is to decode it, and the few pictures for nobody should cost next to nothing.

    Motion JPEG is not decoded. Only interlaced video is, whose packets hold two half pictures.
    """

    def __init__(
        self, place: str, options: SourceOptions, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = place
        self._options = options
        self._clock = clock
        self._limit = options.fps
        self._throttle = Throttle(options.fps, clock)
        self._interrupted = threading.Event()
        self._video = cv2.VideoCapture()
        self._is_file = False
        self._fps = UNKNOWN_FILE_FPS

    @property
    def pace(self) -> float | None:
        return min(self._fps, self._limit or self._fps) if self._is_file else None

    def open(self) -> None:
        if "://" not in self.name and not os.path.exists(self.name):
            raise SourceError("there is no such file")
        if os.path.isdir(self.name):
            raise SourceError("is a directory")
        self._open_video()
        self._is_file = os.path.isfile(self.name) or (self._video.get(cv2.CAP_PROP_FRAME_COUNT) > 0)
        own = self._video.get(cv2.CAP_PROP_FPS)
        self._fps = own if math.isfinite(own) and 0 < own <= HIGHEST_FPS else UNKNOWN_FILE_FPS
        self._started: float | None = None
        self._throttle.restart()
        self._position = -1  # the last frame that was taken, counted from open() through all loops
        # Whether the frame that is to be taken next has been grabbed already.
        self._is_grabbed = self._gives_packets = self._take_packets()
        if self._gives_packets:
            self._packet_options = self._turned_options()
        elif codec(self._video) in MOTION_JPEG:
            self._open_video()  # it was asked for packets, and cannot be told to decode again

    def read(self) -> Capture:
        if self._is_file:
            self._advance()
        else:
            self._grab_newest()
        number = self._position + 1
        if self._gives_packets:
            return jpeg_capture(retrieve_packet(self._video), self._packet_options, number)
        stamp = Stamp.now(number) if self._options.overlay else None
        return ImageCapture(retrieve_image(self._video), self._options, stamp)

    def limit(self, fps: float | None) -> None:
        most = self._options.fps
        self._limit = min(fps, most) if fps and most else fps or most
        self._throttle.limit(self._limit)

    def interrupt(self) -> None:
        self._interrupted.set()

    def close(self) -> None:
        self._video.release()
        self._interrupted.clear()  # it was for the connection that is now over

    def _open_video(self) -> None:
        timeouts: list[int] = []
        if "://" in self.name:
            timeouts += [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, STREAM_TIMEOUT]
            timeouts += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, STREAM_TIMEOUT]
        # FFmpeg before all others, since it can hand out packets.
        if not (
            open_video(self._video, self.name, cv2.CAP_FFMPEG, timeouts)
            or open_video(self._video, self.name, cv2.CAP_ANY)
        ):
            raise SourceError("cannot be opened, or is no video that OpenCV knows")

    def _take_packets(self) -> bool:
        """Have pictures as they are in the file, the first one grabbed. False: it has no JPEGs."""
        try:
            return (
                codec(self._video) in MOTION_JPEG
                and self._video.getBackendName() == "FFMPEG"
                and self._ask_for_packets()
                and any(
                    self._video.grab() and is_one_picture(retrieve_packet(self._video))
                    for _ in range(FIRST_PACKETS)
                )
            )
        except SourceError:
            return False

    def _ask_for_packets(self) -> bool:
        # OpenCV would turn the bytes of a packet as if they were a row of pixels.
        self._video.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)
        return self._video.set(cv2.CAP_PROP_FORMAT, -1)

    def _turned_options(self) -> SourceOptions:
        """The options for packets: OpenCV turns only what it decodes as the container says."""
        turned = exif.orientation(int(self._video.get(cv2.CAP_PROP_ORIENTATION_META)), False)
        asked = exif.orientation(self._options.rotate, self._options.mirror)
        mirror, turns = exif.MOVES[exif.combine(turned, asked)]
        return replace(self._options, rotate=turns * 90, mirror=mirror)

    def _grab(self) -> bool:
        if self._interrupted.is_set():
            raise SourceError("was interrupted")
        grabbed = self._is_grabbed or self._video.grab()
        self._is_grabbed = False
        return grabbed

    def _grab_newest(self) -> None:
        while True:
            if not self._grab():
                raise SourceError("the stream ended")
            self._position += 1
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
            if not self._grab():
                self._rewind()
            self._position += 1

    def _rewind(self) -> None:
        """Stand on the first frame again; not every container can seek, those are opened anew."""
        if self._video.set(cv2.CAP_PROP_POS_FRAMES, 0) and self._video.grab():
            return
        self._open_video()
        if self._gives_packets:
            self._ask_for_packets()
        if not self._video.grab():
            raise SourceError("has no pictures")
