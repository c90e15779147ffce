"""What a Raspberry Pi itself suffers from: a weak power supply, heat."""

from pathlib import Path

from camclient.doctor.finding import Finding, ok, warn

SUBJECT = "board"
HOT = 80.0  # degrees Celsius; a Pi slows itself down from here on
MODEL = "Raspberry Pi"


def check_board(root: Path) -> Finding | None:
    """None: this is no Pi, or it tells nothing of the kind."""
    if not _read(root / "proc/device-tree/model").startswith(MODEL):
        return None  # a laptop is content at 90 degrees
    undervoltage = _undervoltage(root)
    celsius = _temperature(root)
    text = [] if celsius is None else [f"{celsius:.0f} °C"]
    hints = []
    if undervoltage is not None:
        text.append("voltage too low" if undervoltage else "voltage as it should be")
    if undervoltage:
        hints.append("a stronger power supply, or a shorter and thicker cable")
    if celsius is not None and celsius >= HOT:
        hints.append("it slows itself down when it is hot: a heat sink, air, shade")
    if not text:
        return None
    return (warn if hints else ok)(SUBJECT, ", ".join(text), *hints)


def _undervoltage(root: Path) -> bool | None:
    """Whether the Pi's own sensor has seen less than 4.63 V since it started."""
    for sensor in sorted(root.glob("sys/class/hwmon/hwmon*")):
        if _read(sensor / "name") == "rpi_volt":
            return _read(sensor / "in0_lcrit_alarm") == "1"
    return None


def _temperature(root: Path) -> float | None:
    text = _read(root / "sys/class/thermal/thermal_zone0/temp")
    return int(text) / 1000 if text.lstrip("-").isdigit() else None


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
