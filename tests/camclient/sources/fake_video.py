"""A camera and a clock that stand still unless they are told to go on."""

import cv2
import numpy as np
from cv2.typing import MatLike


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def gray(level: int) -> MatLike:
    return np.full((48, 64, 3), level, np.uint8)


class FakeVideo:
    """A camera of 30 frames per second that breaks after 60.

    Attributes:
        backend: of OpenCV, which opens it.
        codec: what the camera says that it gives, whatever it was asked for.
        packets: what it gives for each frame while OpenCV is told not to convert; then again from
            the start.
        converts: whether OpenCV can be told to convert again.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.grabbed = self.retrieved = 0
        self.settings: dict[int, float] = {}
        self.opened: list[tuple[object, ...]] = []
        self.released = False
        self.backend = "V4L2"
        self.codec = "YUYV"
        self.packets: list[bytes] = []
        self.converts = True

    def open(self, *arguments: object) -> bool:
        self.opened.append(arguments)
        return self.backend == "V4L2" or arguments[1] != cv2.CAP_V4L2

    def getBackendName(self) -> str:  # noqa: N802 - OpenCV's own name
        return self.backend

    def set(self, setting: int, value: float) -> bool:
        self.settings[setting] = value
        return setting == cv2.CAP_PROP_CONVERT_RGB and (value == 0 or self.converts)

    def get(self, setting: int) -> float:
        return {
            cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*self.codec),
            cv2.CAP_PROP_FRAME_WIDTH: 640,
            cv2.CAP_PROP_FRAME_HEIGHT: 480,
        }.get(setting, -1)

    def grab(self) -> bool:
        self.clock.now += 1 / 30
        self.grabbed += 1
        return self.grabbed <= 60

    def retrieve(self) -> tuple[bool, MatLike]:
        self.retrieved += 1
        if self.settings.get(cv2.CAP_PROP_CONVERT_RGB, 1) == 0:
            packet = self.packets[(self.grabbed - 1) % len(self.packets)]
            return True, np.frombuffer(packet, np.uint8).reshape(1, -1)
        return True, gray(self.grabbed)

    def release(self) -> None:
        self.released = True
