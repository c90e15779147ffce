"""Why a camera of this computer does not open, from what Linux shows of it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from camclient.doctor.processes import holders

#: Video devices of a Raspberry Pi that are no cameras: coders and the image processor.
NO_CAMERAS = ("bcm2835-codec", "bcm2835-isp", "rpi-hevc", "rpivid", "pispbe")
#: The receiver of a Pi's camera module gives raw sensor data, which only libcamera can use.
CAMERA_MODULES = ("unicam", "rp1-cfe")

MODULE_HINT = (
    "a camera module of the Pi needs --source 'exec:rpicam-vid ...':",
    "see docs/how_to_guides/camera_modules.md",
)


@dataclass(frozen=True, slots=True)
class Device:
    """A camera that Linux knows. path: e.g. `/dev/video0`; name: what it calls itself."""

    path: str
    name: str

    @property
    def is_module(self) -> bool:
        return self.name.startswith(CAMERA_MODULES)


def devices(root: Path) -> list[Device]:
    """The cameras of this computer, without what else has a /dev/video."""
    found = []
    for entry in sorted(root.glob("sys/class/video4linux/video*"), key=_number):
        name = _read(entry / "name")
        # A USB camera has a second device, index 1, for its metadata.
        if not name.startswith(NO_CAMERAS) and _read(entry / "index") in {"", "0"}:
            found.append(Device(f"/dev/{entry.name}", name or "without a name"))
    return found


def may_use(device: Path) -> bool:
    """Whether this user may read and write it."""
    return os.access(device, os.R_OK | os.W_OK)


def explain(
    path: str, root: Path, may_use: Callable[[Path], bool] = may_use
) -> tuple[str, tuple[str, ...]] | None:
    """What is wrong with the camera at `path`, and what to do; None when nothing is to be seen.

    path: as Linux knows it, `/dev/video0` or `/dev/v4l/by-id/...`.
    may_use: a test's replacement, as nothing is forbidden to root.
    """
    place = root / path.lstrip("/")
    if not place.exists():
        return f"there is no {path}", _others(root)
    if not may_use(place):
        return (
            f"no permission for {path}",
            ("sudo usermod -aG video $USER, then log in again (a service: SupplementaryGroups=)",),
        )
    users = holders(place, root / "proc")
    if users:
        stop = ("sudo systemctl stop camclient",) if "camclient" in users[0] else ("stop it first",)
        return f"{path} is in use by {' and '.join(users)}", stop
    known = {device.path: device for device in devices(root)}
    device = known.get(str(Path("/dev") / os.path.basename(os.path.realpath(place))))
    if device and device.is_module:
        return f"{path} is a camera module ({device.name})", MODULE_HINT
    if known and device is None:
        return f"{path} is no camera", _others(root)
    return None


def _others(root: Path) -> tuple[str, ...]:
    """What there is instead."""
    found = devices(root)
    cameras = [device for device in found if not device.is_module]
    lines = [f"there is {device.path}: {device.name}" for device in cameras]
    if len(found) > len(cameras):
        lines += MODULE_HINT
    return tuple(lines) or (
        "Linux knows of no camera: plugged in? what does lsusb show, what dmesg?",
        *MODULE_HINT,
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def _number(entry: Path) -> tuple[int, str]:
    digits = entry.name.removeprefix("video")
    return (int(digits), "") if digits.isdigit() else (1 << 16, entry.name)
