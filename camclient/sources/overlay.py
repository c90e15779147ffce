"""Text in the picture: the time, the camera's name, its temperature, a counter."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from camclient.sources.temperature import cpu_temperature

if TYPE_CHECKING:
    from cv2.typing import MatLike  # OpenCV 4.6 of Debian 12 has no such module

    from camclient.sources import SourceOptions

#: The smallest text that can be read at all, as a factor of OpenCV's font, which is 21 pixels high.
SMALLEST = 0.35
#: A picture with shorter side of this many pixels gets the font in its own size.
SIDE = 720
LIGHT = (255, 255, 255)
#: Sizes of the text in pixels, when it has the font's own size.
MARGIN, LINE, BASELINE = 10, 36, 26


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the overlay tells of one picture.

    Attributes:
        at: when it was taken; with a time zone, which is the one that `time` is shown in.
        number: which picture this is since the source was opened, from 1.
    """

    at: datetime
    number: int

    @classmethod
    def now(cls, number: int) -> Stamp:
        return cls(datetime.now().astimezone(), number)


def overlay_words(options: SourceOptions, stamp: Stamp) -> list[str]:
    """One text for each part that was asked for, in that order; what is not known is left out."""
    return [text for part in options.overlay if (text := _word(part, options, stamp))]


def printable(text: str) -> str:
    """The text in the letters that OpenCV's font has, which are those of ASCII; `?` for others."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(
        letter if " " <= letter <= "~" else "?"
        for letter in plain
        if not unicodedata.combining(letter)
    )


def draw_overlay(image: MatLike, words: list[str]) -> None:
    """Write the words into the upper left corner, light on a strip that is made dark.

    They stand side by side as far as there is room; what is wider than the picture is made smaller.
    """
    import cv2  # the words are put together without it

    rows, columns = image.shape[:2]
    font = cv2.FONT_HERSHEY_SIMPLEX
    scale = max(SMALLEST, min(rows, columns) / SIDE)

    def width_of(text: str) -> int:
        return int(cv2.getTextSize(text, font, scale, max(1, round(scale * 1.5)))[0][0])

    widest = max(map(width_of, words), default=0) + 2 * MARGIN * scale
    scale *= min(1.0, columns / widest)
    margin = round(MARGIN * scale)
    room = columns - 2 * margin
    thickness = max(1, round(scale * 1.5))
    height = max(1, round(LINE * scale))
    for line, text in enumerate(_lines(words, width_of, room)):
        top, end = line * height, min(columns, width_of(text) + 2 * margin)
        strip = image[top : top + height, :end]
        strip[:] = strip // 4
        at = (margin, top + round(BASELINE * scale))
        cv2.putText(image, text, at, font, scale, LIGHT, thickness, cv2.LINE_AA)


def _word(part: str, options: SourceOptions, stamp: Stamp) -> str:
    match part:
        case "time":
            return f"{stamp.at:%Y-%m-%d %H:%M:%S}"
        case "utc":
            return f"{stamp.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        case "name":
            return printable(options.camera_name or "")
        case "temperature":
            degrees = cpu_temperature()
            return "" if degrees is None else f"{degrees:.1f} C"
        case _:  # frame
            return f"#{stamp.number}"


def _lines(words: list[str], width_of: Callable[[str], int], room: int) -> list[str]:
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]}   {word}" if lines else word
        if lines and width_of(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
