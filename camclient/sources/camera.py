"""Cameras of this computer, through OpenCV."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import cv2

from camclient.sources import SourceOptions
from camclient.sources.jpeg import end_of_picture
from camclient.sources.opencv import codec, open_video, retrieve_image, retrieve_packet
from camclient.sources.overlay import Stamp
from camclient.sources.pacing import DEFAULT_FPS, Throttle
from camclient.sources.packets import jpeg_capture
from camclient.sources.picture import ImageCapture
from camclient.sources.source import Capture, SourceError

#: How many pictures may be broken at the start before we no longer believe that they are JPEGs. The
#: first ones of a USB camera often are.
MOST_BROKEN = 10


class CameraSource:
    """A camera that gives its pictures at its own pace; those above the limit are thrown away.

    A camera that compresses by itself (Motion JPEG through Video4Linux) is not decoded.

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
        self._throttle = Throttle(self._fps, clock)
        self._interrupted = threading.Event()
        self._video = cv2.VideoCapture()

    def open(self) -> None:
        # Video4Linux before all others: with GStreamer the camera cannot be told what to give.
        opened = open_video(self._video, self._device, cv2.CAP_V4L2)
        if not opened and isinstance(self._device, int):
            opened = open_video(self._video, self._device, cv2.CAP_ANY)
        if not opened:
            raise SourceError(self._why_not())
        # A camera takes of all this what it can, and says nothing about the rest. One buffer: with
        # more, a picture may have waited in the driver while others came.
        self._video.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        # Motion JPEG first: raw pictures above VGA do not fit through USB 2 at a useful rate.
        self._video.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._ask_for_size()
        self._video.set(cv2.CAP_PROP_FPS, self._fps)
        # Last: each of the others makes OpenCV set up the camera anew.
        self._decodes = not self._stop_decoding()
        self._broken = 0  # pictures, before the first whole one
        self._is_sure = False  # that they are JPEGs
        self._number = 0
        self._throttle.restart()

    def read(self) -> Capture:
        # Frames that are not wanted are still taken from the driver, else its queue makes the
        # wanted ones old; only retrieve() costs the copying or decoding.
        while True:
            if self._interrupted.is_set():
                raise SourceError("was interrupted")
            if not self._video.grab():
                raise SourceError("gives no pictures any more (unplugged?)")
            self._number += 1
            if self._throttle.keep() and (capture := self._take()) is not None:
                return capture

    def limit(self, fps: float | None) -> None:
        self._throttle.limit(min(self._fps, fps or self._fps))

    def interrupt(self) -> None:
        self._interrupted.set()

    def close(self) -> None:
        self._video.release()
        self._interrupted.clear()  # it was for the connection that is now over

    def _ask_for_size(self) -> None:
        wide, high = self._options.width, self._options.height
        if self._options.rotate % 180:
            wide, high = high, wide
        own_width = self._video.get(cv2.CAP_PROP_FRAME_WIDTH)
        own_height = self._video.get(cv2.CAP_PROP_FRAME_HEIGHT)
        # OpenCV passes a size on only when it has both sides.
        if own_width > 0 and own_height > 0:
            if wide and not high:
                high = round(wide * own_height / own_width)
            elif high and not wide:
                wide = round(high * own_width / own_height)
        if wide:
            self._video.set(cv2.CAP_PROP_FRAME_WIDTH, wide)
        if high:
            self._video.set(cv2.CAP_PROP_FRAME_HEIGHT, high)

    def _stop_decoding(self) -> bool:
        """Have the camera's JPEGs as they are. False: it gives none, or OpenCV hands none out."""
        return (
            self._video.getBackendName() == "V4L2"
            and codec(self._video) in {"mjpg", "jpeg"}
            and self._video.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        )

    def _take(self) -> Capture | None:
        """The frame that was grabbed; None when it is broken."""
        if not self._decodes:
            packet = retrieve_packet(self._video)
            # Some drivers promise JPEG and give something else. Once a whole one came, we believe
            # it; a broken one among the others is found when it is to be sent.
            if self._is_sure or end_of_picture(packet) is not None:
                self._is_sure = True
                return jpeg_capture(packet, self._options, self._number)
            self._broken += 1
            if self._broken < MOST_BROKEN:
                return None
            self._decodes = self._video.set(cv2.CAP_PROP_CONVERT_RGB, 1)
            if not self._decodes:
                raise SourceError("gives pictures that are no JPEGs, though it says so")
            return None
        stamp = Stamp.now(self._number) if self._options.overlay else None
        return ImageCapture(retrieve_image(self._video), self._options, stamp)

    def _why_not(self) -> str:
        path = f"/dev/video{self._device}" if isinstance(self._device, int) else self._device
        if not os.path.exists(path):
            return f"there is no {path}"
        if not os.access(path, os.R_OK | os.W_OK):
            return f"no permission for {path} (is this user in the group video?)"
        return f"{path} gives no pictures (in use by another program?)"
