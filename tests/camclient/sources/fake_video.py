"""A camera and a clock that stand still unless they are told to go on."""

import numpy as np
from cv2.typing import MatLike


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def gray(level: int) -> MatLike:
    return np.full((48, 64, 3), level, np.uint8)


class FakeVideo:
    """A camera of 30 frames per second that breaks after 60."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.grabbed = self.retrieved = 0
        self.settings: dict[int, float] = {}
        self.opened: list[tuple[object, ...]] = []
        self.released = False

    def open(self, *arguments: object) -> bool:
        self.opened.append(arguments)
        return True

    def set(self, setting: int, value: float) -> bool:
        self.settings[setting] = value
        return False

    def grab(self) -> bool:
        self.clock.now += 1 / 30
        self.grabbed += 1
        return self.grabbed <= 60

    def retrieve(self) -> tuple[bool, MatLike]:
        self.retrieved += 1
        return True, gray(self.grabbed)

    def release(self) -> None:
        self.released = True
