"""The two pictures of the performance page, as SVG (https://www.w3.org/TR/SVG11/)."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil

WIDTH = 760  # pixels
BAR = 26
LEFT, RIGHT, TOP = 120, 30, 46
LINES_HEIGHT = 260
COLOURS = ("#1f6feb", "#d1242f", "#2da44e", "#9a6700", "#8250df", "#57606a", "#bf3989", "#0a7d91")
STYLE = "text { font: 13px sans-serif; fill: #24292f } .title { font-weight: bold }"


@dataclass(frozen=True, slots=True)
class Bar:
    """A median with the least and the largest of its rounds."""

    label: str
    value: float
    least: float
    largest: float


@dataclass(frozen=True, slots=True)
class Line:
    """points: evenly spread over the width."""

    label: str
    points: Sequence[float]


def text(x: float, y: float, words: str, **attributes: str) -> str:
    more = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{value}"' for name, value in attributes.items()
    )
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(words)}</text>'


def stroke(x1: float, y1: float, x2: float, y2: float, colour: str, dash: str = "none") -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-dasharray="{dash}"/>'


def bars(title: str, values: Sequence[Bar], target: float) -> tuple[list[str], float]:
    """Bars to the right, from the target's dashed line on too long. Elements and height."""
    scale = (WIDTH - LEFT - RIGHT) / max([target * 1.4, *(bar.largest * 1.15 for bar in values)])
    parts = [text(10, 24, title, class_="title")]
    for index, bar in enumerate(values):
        y = TOP + index * BAR
        middle = y + BAR / 2 - 3
        box = f'x="{LEFT}" y="{y}" width="{bar.value * scale:.1f}" height="{BAR - 6}"'
        parts += [
            text(LEFT - 8, y + 15, bar.label, text_anchor="end"),
            f'<rect {box} fill="{COLOURS[0]}" fill-opacity="0.75"/>',
            stroke(LEFT + bar.least * scale, middle, LEFT + bar.largest * scale, middle, "#24292f"),
            text(LEFT + bar.largest * scale + 6, y + 15, f"{bar.value:.2f}"),
        ]
    end = TOP + len(values) * BAR
    parts.append(
        stroke(LEFT + target * scale, TOP - 6, LEFT + target * scale, end, COLOURS[1], "4")
    )
    parts.append(text(LEFT + target * scale + 4, end + 8, f"target {target:g}"))
    return parts, end + 24


def lines(title: str, unit: str, seconds: float, values: Sequence[Line]) -> tuple[list[str], float]:
    """Curves over time, from 0 at the bottom; their names below. Elements and height."""
    top = max([0.1, *(point for line in values for point in line.points)]) * 1.1
    step = next(s for s in (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 1e9) if top / s <= 6)
    floor = TOP + LINES_HEIGHT
    parts = [text(10, 24, title, class_="title")]
    for count in range(int(top / step) + 1):
        y = floor - count * step / top * LINES_HEIGHT
        parts.append(stroke(LEFT, y, WIDTH - RIGHT, y, "#d0d7de"))
        parts.append(text(LEFT - 8, y + 4, f"{count * step:g} {unit}", text_anchor="end"))
    for count in range(4):
        x = LEFT + count / 3 * (WIDTH - LEFT - RIGHT)
        parts.append(text(x, floor + 18, f"{seconds * count / 3:.0f} s", text_anchor="middle"))
    for index, line in enumerate(values):
        colour = COLOURS[index % len(COLOURS)]
        width = (WIDTH - LEFT - RIGHT) / max(1, len(line.points))
        path = " ".join(
            f"{LEFT + width * (number + 0.5):.1f},{floor - point / top * LINES_HEIGHT:.1f}"
            for number, point in enumerate(line.points)
        )
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x, y = LEFT + index % 2 * 300, floor + 42 + index // 2 * 20
        parts.append(f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{colour}"/>')
        parts.append(text(x + 18, y, line.label))
    return parts, floor + 42 + ceil(len(values) / 2) * 20


def svg(*panels: tuple[list[str], float]) -> str:
    """One picture, its panels below one another."""
    height = sum(panel[1] for panel in panels) + 10
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}"'
        f' viewBox="0 0 {WIDTH} {height:.0f}">',
        f"<style>{STYLE}</style>",
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    y = 0.0
    for parts, panel_height in panels:
        lines += [f'<g transform="translate(0 {y:.0f})">', *parts, "</g>"]
        y += panel_height
    return "\n".join([*lines, "</svg>", ""])
