"""`test`: a moving drawing with a clock and a frame counter, for trying things without a camera.

The still part of a scene is drawn once, in `open()`. A frame is a copy of it with a few shapes on
top, and even that is done only in `encode()`: a picture that is never sent costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import cv2

from camclient.sources import SourceOptions
from camclient.sources.brush import Brush
from camclient.sources.overlay import Stamp
from camclient.sources.pacing import DEFAULT_FPS
from camclient.sources.picture import ImageCapture
from camclient.sources.scenes import SCENES, Scene
from camclient.sources.source import InvalidSourceError, SourceError

if TYPE_CHECKING:
    from cv2.typing import MatLike  # OpenCV 4.6 of Debian 12 has no such module

WIDTH, HEIGHT = 640, 360  # pixels
BAR = 28  # height of the bar with the text, in units of 1/360 of the height
WHITE = (240, 240, 240)
DIM = (170, 170, 170)


@dataclass(frozen=True, slots=True)
class PatternCapture:
    """What will be drawn.

    Attributes:
        options: what is done with the drawing.
        number: of the frame, from 1.
        seconds: since the source was opened; moves the shapes.
        at: the time the clock shows.
    """

    scene: Scene
    background: MatLike
    options: SourceOptions
    number: int
    seconds: float
    at: datetime

    quick = False

    def encode(self, quality: int, width: int = 0) -> bytes:
        image = self.background.copy()  # other threads draw on the same background
        try:
            brush = Brush(image)
            self.scene.draw(brush, self.seconds)
            clock = f"{self.at:%H:%M:%S}.{self.at.microsecond // 100_000}"
            right = brush.width - 10
            brush.text(f"#{self.number}", right, 350, DIM, align_right=True)
            brush.text(clock, right - 90, 350, WHITE, align_right=True)
        except cv2.error as error:
            raise SourceError(f"OpenCV cannot draw: {error.err}") from error
        stamp = Stamp(self.at.astimezone(), self.number) if self.options.overlay else None
        return ImageCapture(image, self.options, stamp).encode(quality, width)


class PatternSource:
    """A scene, drawn as often as it is asked. Its size is exact when both sides are given."""

    def __init__(
        self,
        name: str,
        scene: Scene,
        options: SourceOptions,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        self.name = name
        self._fps = options.fps or DEFAULT_FPS
        self.pace: float | None = self._fps
        self._scene = scene
        self._options = options
        self._clock = clock
        self._now = now

    def open(self) -> None:
        wide, high = self._options.width, self._options.height
        if self._options.rotate % 180:
            wide, high = high, wide  # what is drawn is turned before anybody sees it
        width, height = picture_size(wide, high)
        try:
            self._background = self._scene.background(width, height)
            brush = Brush(self._background)
            brush.darken(360 - BAR)
            brush.text(self._scene.title, 10, 350, WHITE)
        except cv2.error as error:
            raise SourceError(f"OpenCV cannot draw: {error.err}") from error
        self._started = self._clock()
        self._number = 0

    def read(self) -> PatternCapture:
        self._number += 1
        seconds = self._clock() - self._started
        return PatternCapture(
            self._scene, self._background, self._options, self._number, seconds, self._now()
        )

    def limit(self, fps: float | None) -> None:
        self.pace = min(self._fps, fps or self._fps)

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        pass


def picture_size(width: int | None, height: int | None) -> tuple[int, int]:
    """Pixels; a missing side follows from the other, 16:9."""
    if width is None:
        return (round(height * WIDTH / HEIGHT), height) if height else (WIDTH, HEIGHT)
    return width, height or round(width * HEIGHT / WIDTH)


def pattern_source(spec: str, options: SourceOptions) -> PatternSource:
    """The source for `test` (scene 1) or `test:N`. Raises: InvalidSourceError."""
    number = spec.removeprefix("test").removeprefix(":") or "1"
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= len(SCENES)):
        raise InvalidSourceError(f"expected test or test:1 to test:{len(SCENES)}, not {spec!r}")
    return PatternSource(spec, SCENES[int(number) - 1](), options)
