"""The scenes of the test picture: three small worlds that nobody confuses in a list of cameras."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np

from camclient.sources.brush import Brush, Color, Point, gradient

if TYPE_CHECKING:
    from cv2.typing import MatLike  # OpenCV 4.6 of Debian 12 has no such module


class Scene(Protocol):
    """One scene. All lengths are in units of 1/360 of the height."""

    title: str

    def background(self, width: int, height: int) -> MatLike:
        """What does not move: height x width x 3, BGR, 8 bits; in pixels."""

    def draw(self, brush: Brush, seconds: float) -> None:
        """What moves, on a copy of the background."""


class Harbour:
    """Night: a lighthouse turns its beam and a boat goes by."""

    title = "Harbour"

    def background(self, width: int, height: int) -> MatLike:
        image = gradient(
            width,
            height,
            [
                (0.0, (60, 30, 18)),
                (0.45, (120, 70, 70)),
                (0.64, (120, 150, 235)),
                (0.645, (110, 70, 40)),
                (1.0, (45, 28, 16)),
            ],
        )
        brush = Brush(image)
        random = np.random.default_rng(7)  # the same stars every night
        for across, down, size in random.random((70, 3)):
            star = (across * brush.width, 150 * down)
            brush.circle(star, 0.4 + 0.7 * size, (225, 225, 225))
        brush.circle((brush.width * 0.78, 62), 24, (205, 232, 245))
        brush.circle((brush.width * 0.78 + 10, 56), 21, (85, 46, 38))
        rock = [(40, 262), (70, 228), (112, 218), (150, 230), (196, 262)]
        brush.polygon(rock, (38, 34, 40))
        brush.polygon([(96, 222), (103, 110), (125, 110), (132, 222)], (228, 228, 232))
        for top in (132, 172):
            slant = (top - 110) / 16
            left, right = 103 - slant, 125 + slant
            brush.polygon(
                [(left, top), (right, top), (right + 1.3, top + 20), (left - 1.3, top + 20)],
                (62, 52, 190),
            )
        brush.polygon([(98, 110), (130, 110), (130, 105), (98, 105)], (40, 36, 40))
        brush.polygon([(104, 88), (124, 88), (114, 74)], (50, 44, 160))
        return image

    def draw(self, brush: Brush, seconds: float) -> None:
        for index in range(9):
            drift = 14 * math.sin(seconds * 0.7 + index * 2)
            left, level = (brush.width * index / 9 + drift) % brush.width, 244 + index * 37 % 80
            brush.line((left, level), (left + 34, level), (140, 110, 90), 1.2)
        self._beam(brush, seconds)
        x = (seconds * 22) % (brush.width + 160) - 80
        y = 276 + 2.5 * math.sin(seconds * 1.7)
        tilt = 1.5 * math.sin(seconds * 1.7 + 1)
        hull = [(x - 40, y - tilt), (x + 46, y + tilt), (x + 30, y + 17), (x - 30, y + 17)]
        brush.polygon([(x - 2, y - 3), (x - 2, y - 66), (x + 36, y - 7)], (226, 232, 240))
        brush.polygon([(x - 6, y - 7), (x - 6, y - 54), (x - 30, y - 7)], (196, 206, 220))
        brush.polygon(hull, (52, 60, 150))

    def _beam(self, brush: Brush, seconds: float) -> None:
        turn = math.cos(seconds * 0.9)  # the beam seen from the side: wide, narrow, wide
        lamp: Point = (114, 97)
        for reach, color in ((230.0, (122, 98, 100)), (110.0, (170, 200, 215))):
            end = lamp[0] + reach * turn
            spread = reach * 0.11
            brush.polygon([lamp, (end, lamp[1] - spread), (end, lamp[1] + spread)], color)
        brush.circle(lamp, 7, (150, 240, 255))


class WindFarm:
    """Day: mills turn on the hills and clouds drift."""

    title = "Wind farm"
    _mills = ((0.16, 205, 78, 1.1), (0.47, 190, 100, 0.8), (0.8, 212, 66, 1.35))

    def background(self, width: int, height: int) -> MatLike:
        sky: list[tuple[float, Color]] = [(0.0, (222, 160, 84)), (0.7, (245, 226, 196))]
        image = gradient(width, height, [*sky, (1.0, (245, 226, 196))])
        brush = Brush(image)
        for radius, color in (
            (40, (214, 222, 222)),
            (32, (190, 228, 240)),
            (24, (140, 232, 255)),
        ):
            brush.circle((brush.width * 0.63, 62), radius, color)
        hills = ((200, 22, 0.011, (140, 178, 128)), (228, 18, 0.017, (96, 158, 96)))
        for level, swing, rate, green in hills:
            xs = np.linspace(0, brush.width, 60)
            ridge = [(x, level + swing * math.sin(x * rate + level)) for x in xs]
            brush.polygon([*ridge, (brush.width, 360), (0, 360)], green)
        for share, foot, size, _ in self._mills:
            x, top = share * brush.width, float(foot - size)
            brush.polygon(
                [(x - 1.6, top), (x + 1.6, top), (x + 4, foot + 34), (x - 4, foot + 34)],
                (236, 236, 238),
            )
        brush.polygon([(0, 360), (0, 286), (brush.width, 262), (brush.width, 360)], (66, 128, 68))
        return image

    def draw(self, brush: Brush, seconds: float) -> None:
        for index, speed in enumerate((11.0, 7.0, 15.0)):
            x = (seconds * speed + index * 260) % (brush.width + 180) - 90
            height = 44 + 30 * index
            for dx, dy, radius in ((-26, 3, 13), (-8, -4, 18), (14, -1, 16), (32, 4, 11)):
                brush.circle((x + dx, height + dy), radius, (250, 246, 242))
        for share, foot, size, speed in self._mills:
            hub: Point = (share * brush.width, foot - size)
            for blade in range(3):
                angle = seconds * speed + blade * math.tau / 3
                along = (math.cos(angle), math.sin(angle))
                tip = (hub[0] + along[0] * size * 0.62, hub[1] + along[1] * size * 0.62)
                broad = (hub[0] + along[0] * size * 0.14, hub[1] + along[1] * size * 0.14)
                side = (-along[1] * size * 0.045, along[0] * size * 0.045)
                root = (broad[0] + side[0], broad[1] + side[1])
                brush.polygon([hub, root, tip], (248, 248, 250))
            brush.circle(hub, size * 0.035, (210, 210, 214))


class Printer:
    """A 3D printer makes a vase, layer by layer, and begins again."""

    title = "Workshop"
    _seconds = 40.0  # for one vase
    _layers = 48
    _layer_height = 3.0

    def background(self, width: int, height: int) -> MatLike:
        image = gradient(
            width,
            height,
            [(0.0, (58, 48, 44)), (0.76, (78, 66, 60)), (0.77, (52, 74, 104)), (1, (38, 54, 78))],
        )
        brush = Brush(image)
        middle = brush.width / 2
        frame: Color = (34, 32, 32)
        for x in (middle - 170, middle + 152):
            brush.polygon([(x, 26), (x + 18, 26), (x + 18, 290), (x, 290)], frame)
        brush.polygon(
            [(middle - 170, 26), (middle + 170, 26), (middle + 170, 42), (middle - 170, 42)], frame
        )
        brush.polygon(
            [(middle - 196, 286), (middle + 196, 286), (middle + 196, 304), (middle - 196, 304)],
            frame,
        )
        brush.polygon(
            [(middle - 120, 274), (middle + 120, 274), (middle + 132, 284), (middle - 132, 284)],
            (150, 140, 130),
        )
        return image

    def draw(self, brush: Brush, seconds: float) -> None:
        progress = (seconds % self._seconds) / self._seconds
        middle, bottom = brush.width / 2, 274.0
        done = int(progress * self._layers)
        for layer in range(done + 1):
            half = self._radius(layer)
            y = bottom - layer * self._layer_height - self._layer_height / 2
            shade = 12 * (layer % 2)
            brush.line((middle - half, y), (middle + half, y), (70, 150 - shade, 245 - shade), 3)
        x = middle + self._radius(done) * math.sin(seconds * 5)
        y = bottom - (done + 1) * self._layer_height
        brush.line((middle - 160, y - 40), (middle + 160, y - 40), (120, 116, 112), 6)
        brush.polygon(
            [(x - 17, y - 54), (x + 17, y - 54), (x + 17, y - 20), (x - 17, y - 20)], (60, 52, 196)
        )
        brush.polygon([(x - 8, y - 20), (x + 8, y - 20), (x + 2, y), (x - 2, y)], (120, 190, 215))
        left, right, top = middle - 100, middle + 100, 312.0
        end = left + (right - left) * progress
        brush.line((left, top), (right, top), (30, 40, 56), 6)
        brush.line((left, top), (end, top), (120, 210, 120), 6)

    def _radius(self, layer: int) -> float:
        """Half the width of the vase at this layer."""
        height = layer / self._layers
        return 46 + 22 * math.sin(height * 4.6) - 10 * height


SCENES: tuple[type[Scene], ...] = (Harbour, WindFarm, Printer)
