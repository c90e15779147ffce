"""The source: opened, and its pictures taken for a moment."""

import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import trio

from camclient.doctor.devices import explain
from camclient.doctor.finding import Finding, fail, ok
from camclient.sources import (
    EndedWellError,
    InvalidSourceError,
    MissingOpenCVError,
    Source,
    SourceError,
)
from camclient.trial import Trial, try_source

SUBJECT = "source"
SECONDS = 2.0  # of pictures

#: Where a program for `exec:` comes from.
PACKAGES = {
    "rpicam-vid": "rpicam-apps",
    "libcamera-vid": "libcamera-apps",
    "ffmpeg": "ffmpeg",
    "gphoto2": "gphoto2",
}


async def check_source(
    spec: str, make_source: Callable[[], Source], quality: int, root: Path
) -> tuple[Finding, Trial | None]:
    """Take pictures for two seconds.

    spec: the source as the user wrote it.
    make_source: makes it; may import OpenCV, which takes seconds on a Pi Zero.
    root: of the file system.
    """
    try:
        source = await trio.to_thread.run_sync(make_source)
        trial = await try_source(source, quality=quality, seconds=SECONDS)
    except MissingOpenCVError as error:
        return fail(SUBJECT, *_missing_opencv(spec, error)), None
    except InvalidSourceError as error:
        return fail(SUBJECT, str(error)), None
    except EndedWellError as error:
        return fail(SUBJECT, f"{spec}: {error}", error.hint), None
    except SourceError as error:
        text, hints = _why(spec, root) or (str(error), _advice(spec))
        return fail(SUBJECT, text if spec in text else f"{spec}: {text}", *hints), None
    except Exception as error:
        # The last resort: a bug of a source must not hide what the other checks find.
        return fail(SUBJECT, f"{spec}: unexpected {type(error).__name__}: {error}"), None
    return ok(SUBJECT, f"{spec}: {trial.describe(quality)}", trial.describe_costs()), trial


def _missing_opencv(spec: str, error: MissingOpenCVError) -> tuple[str, ...]:
    who, _, rest = str(error).partition(": ")
    python_says = rest.partition("Python says: ")[2] or rest
    if spec.startswith("exec:"):  # who: an option that is given, not the source
        text = f"{who}: {python_says}"
        way_out = "without it none is needed: let the program make the pictures as you want them"
    else:
        text = f"OpenCV is missing: {python_says}"
        way_out = "a program that writes JPEGs needs no OpenCV: --source 'exec:...'"
    return (
        text,
        "sudo apt install python3-opencv, and a venv made with --system-site-packages;",
        "on a PC: pip install 'camserve[camera]'",
        way_out,
    )


def _why(spec: str, root: Path) -> tuple[str, tuple[str, ...]] | None:
    """What can be seen from outside of why a source does not work."""
    if spec.isascii() and spec.isdigit():
        return explain(f"/dev/video{spec}", root)
    if spec.startswith("/dev/"):
        return explain(spec, root)
    if spec.startswith("exec:"):
        return _missing_program(spec)
    return None


def _missing_program(spec: str) -> tuple[str, tuple[str, ...]] | None:
    try:
        program = shlex.split(spec.removeprefix("exec:"))[0]
    except (ValueError, IndexError):
        return None
    if shutil.which(program):
        return None
    package = PACKAGES.get(program)
    hint = (
        f"sudo apt install {package}" if package else "is it installed? in the PATH of a service?"
    )
    return f"there is no program {program}", (hint,)


def _advice(spec: str) -> tuple[str, ...]:
    if spec.startswith("exec:"):
        return (
            "try the program alone; it has to write JPEG after JPEG to standard output:",
            f"{spec.removeprefix('exec:')} | head -c 1000000 | wc -c",
        )
    if "://" in spec:
        return ("is the address right? does another player show it? ffplay ADDRESS",)
    if spec.isdigit() or spec.startswith("/dev/"):
        return ("in use by another program? sudo fuser -v /dev/video*",)
    return ()
