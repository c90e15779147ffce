"""How warm the computer is, as its kernel says."""

from pathlib import Path

#: Where Linux shows its sensors (Documentation/driver-api/thermal/sysfs-api.rst).
THERMAL = Path("/sys/class/thermal")
#: The processor's own sensor as the Pi, other ARM boards, and Intel and AMD computers call it.
CPU_TYPES = ("cpu-thermal", "cpu_thermal", "x86_pkg_temp", "k10temp")


def cpu_temperature(thermal: Path = THERMAL) -> float | None:
    """Degrees Celsius of the processor, or of the first sensor there is; None without any."""
    zones = sorted(thermal.glob("thermal_zone*"), key=lambda zone: (len(zone.name), zone.name))
    return next(
        (degrees for zone in sorted(zones, key=_rank) if (degrees := _read(zone)) is not None), None
    )


def _rank(zone: Path) -> int:
    try:
        kind = (zone / "type").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return len(CPU_TYPES)
    return CPU_TYPES.index(kind) if kind in CPU_TYPES else len(CPU_TYPES)


def _read(zone: Path) -> float | None:
    try:
        return int((zone / "temp").read_text(encoding="ascii")) / 1000
    except (OSError, ValueError):  # a sensor that is switched off gives an error when it is read
        return None
