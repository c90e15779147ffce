"""How the camera is doing, in words. No input or output."""

from camclient.meter import Stats
from camserve.wire import UNLIMITED_FPS

#: A camera that gave no picture for so long is worth mentioning.
LATE = 10.0  # seconds


def describe(stats: Stats, width: int = 200, late: float = LATE) -> str:
    """One line of ASCII: the state first, then numbers, as many as fit into the width.

    late: seconds without a picture from which on it is mentioned.
    """
    parts = [_state(stats, late)]
    if stats.connected:
        parts += _numbers(stats)
    line = parts[0]
    for part in parts[1:]:
        if len(line) + 2 + len(part) > width:
            break
        line = f"{line}, {part}"
    return line[:width]


def _state(stats: Stats, late: float) -> str:
    age = stats.last_frame_age
    if age is None:
        picture = "no picture yet"
    elif age >= late:
        picture = f"no picture for {_span(age)}"
    else:
        picture = ""
    if not stats.connected:
        return f"no connection, {picture}" if picture else "no connection"
    if picture:
        return picture
    return "nobody watches" if stats.demanded_fps == 0 else "connected"


def _numbers(stats: Stats) -> list[str]:
    parts = [_rate(stats), f"{stats.bytes_per_second / 1000:.0f} kB/s"]
    if not stats.encodes:
        parts.append("as they came")
    elif stats.quality:
        parts.append(f"quality {stats.quality}")
    if stats.round_trip is not None:
        parts.append(f"round trip {stats.round_trip * 1000:.0f} ms")
    return parts


def _rate(stats: Stats) -> str:
    demanded = stats.demanded_fps
    if not demanded:
        return f"{stats.fps:.1f} fps"
    wanted = "all" if demanded >= UNLIMITED_FPS else f"{demanded:g}"
    return f"{stats.fps:.1f} fps ({wanted} wanted)"


def _span(seconds: float) -> str:
    """A length of time in its largest unit: 42 s, 5 min, 3 h, 2 d."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"
