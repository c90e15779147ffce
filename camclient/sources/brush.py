"""Drawing in units instead of pixels, so that a scene looks alike in every size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from cv2.typing import MatLike  # OpenCV 4.6 of Debian 12 has no such module

Color = tuple[int, int, int]  # blue, green, red, 0 to 255
Point = tuple[float, float]  # units from the left, units from the top

UNITS = 360  # the height of every picture
SHIFT = 4  # OpenCV takes coordinates as integers with this many bits after the point


class Brush:
    """Draws smooth shapes on one image.

    Attributes:
        width: of the image in units; 640 when it is 16:9. The height is always 360.
    """

    def __init__(self, image: MatLike) -> None:
        self._image = image
        self._scale: float = image.shape[0] / UNITS
        self.width: float = image.shape[1] / self._scale

    def polygon(self, points: Sequence[Point], color: Color) -> None:
        fixed = np.array(points) * self._scale * (1 << SHIFT)
        cv2.fillPoly(self._image, [np.rint(fixed).astype(np.int32)], color, cv2.LINE_AA, SHIFT)

    def circle(self, center: Point, radius: float, color: Color) -> None:
        at = (self._fixed(center[0]), self._fixed(center[1]))
        cv2.circle(self._image, at, self._fixed(radius), color, -1, cv2.LINE_AA, SHIFT)

    def line(self, start: Point, end: Point, color: Color, thickness: float) -> None:
        a = (self._fixed(start[0]), self._fixed(start[1]))
        b = (self._fixed(end[0]), self._fixed(end[1]))
        width = max(1, round(thickness * self._scale))
        cv2.line(self._image, a, b, color, width, cv2.LINE_AA, SHIFT)

    def text(
        self, text: str, x: float, baseline: float, color: Color, *, align_right: bool = False
    ) -> None:
        """Write one line. `x` is its left end, or its right end with `align_right`."""
        font, size = cv2.FONT_HERSHEY_SIMPLEX, 0.5 * self._scale
        thickness = max(1, round(self._scale))
        left = x * self._scale
        if align_right:
            left -= cv2.getTextSize(text, font, size, thickness)[0][0]
        at = (round(left), round(baseline * self._scale))
        cv2.putText(self._image, text, at, font, size, color, thickness, cv2.LINE_AA)

    def darken(self, top: float) -> None:
        """Make everything below `top` a dark strip that text can be read on."""
        strip = self._image[round(top * self._scale) :]
        strip[:] = strip // 4

    def _fixed(self, units: float) -> int:
        return round(units * self._scale * (1 << SHIFT))


def gradient(width: int, height: int, stops: Sequence[tuple[float, Color]]) -> MatLike:
    """An image of `width` x `height` pixels whose color changes from top to bottom.

    stops: (share of the height from 0 to 1, color), from top to bottom.
    """
    rows = np.linspace(0, 1, height)
    places = [place for place, _ in stops]
    channels = [np.interp(rows, places, [color[i] for _, color in stops]) for i in range(3)]
    column = np.stack(channels, axis=1).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(column[:, None, :], width, axis=1))
