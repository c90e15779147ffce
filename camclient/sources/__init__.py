"""Where pictures come from. `parse_source` turns what the user wrote into a `Source`."""

import os
from dataclasses import dataclass

from camclient.sources.source import (
    Capture,
    EndedWellError,
    InvalidSourceError,
    MissingOpenCVError,
    Source,
    SourceError,
)

__all__ = [
    "Capture",
    "EndedWellError",
    "InvalidSourceError",
    "MissingOpenCVError",
    "Source",
    "SourceError",
    "SourceOptions",
    "parse_source",
]


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What is asked of a source; None leaves it to the source.

    Attributes:
        fps: the most pictures per second, above 0.
        width, height: pixels. The picture is made to fit, keeps its shape and is never enlarged;
            the test picture is drawn in this size.
        recompress: a quality was asked for: a source of JPEGs does not pass them on as they are.
        overlay: what is written into the picture, of `camclient.config.OVERLAY_PARTS`.
        camera_name: for the overlay.
        rotate: degrees clockwise, 0, 90, 180 or 270, after `mirror` swapped left and right.
    """

    fps: float | None = None
    width: int | None = None
    height: int | None = None
    recompress: bool = False
    overlay: tuple[str, ...] = ()
    camera_name: str | None = None
    rotate: int = 0
    mirror: bool = False


def parse_source(spec: str, options: SourceOptions | None = None) -> Source:
    """The source that a `--source` means; nothing is opened yet, but OpenCV is imported (slow).

    Not for a program, unless its pictures may have to be changed.

    Args:
        spec: `0` or `/dev/video0` (a camera), `test` or `test:2` (a moving drawing),
            `exec:COMMAND` (a program that writes JPEGs), else a file or URL for OpenCV.

    Raises:
        InvalidSourceError: it is none of these; the message says what was expected.
        MissingOpenCVError: it needs OpenCV, and importing that fails; the message says how.
    """
    options = options or SourceOptions()
    if not spec.strip():
        raise InvalidSourceError("expected a camera number, a file, a URL, exec:COMMAND or 'test'")
    # OpenCV reads these when it is imported or first used. Its own lines on standard error say in
    # many words what our one line says; who sets the variables sees them again.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    needs = f"source {spec} needs"
    try:
        # Imported here: --help must not wait for the seconds that this takes on a Pi.
        if spec.startswith("exec:"):
            from camclient.sources.program import program_source

            program = program_source(spec, options)
            if changes := _changes(options):
                needs = f"{' and '.join(changes)} need{'s' if len(changes) == 1 else ''}"
                import cv2  # noqa: F401 - now, rather than at each picture, it is told if missing
            return program
        if spec == "test" or spec.startswith("test:"):
            from camclient.sources.pattern import pattern_source

            return pattern_source(spec, options)
        from camclient.sources.camera import CameraSource
        from camclient.sources.video import VideoSource
    except ImportError as error:
        raise MissingOpenCVError(
            # Python's own words too: who has installed OpenCV learns what it still lacks.
            f'{needs} OpenCV: pip install "camserve[camera]" '
            f"(on Pi OS: apt install python3-opencv); Python says: {' '.join(str(error).split())}"
        ) from error
    if spec.isascii() and spec.isdigit():
        return CameraSource(int(spec), options)
    if spec.startswith("/dev/"):
        return CameraSource(spec, options)
    return VideoSource(spec, options)


def _changes(options: SourceOptions) -> list[str]:
    """The options for which a picture that comes as a JPEG may have to be decoded."""
    asked = {
        "--width": options.width,
        "--height": options.height,
        "--quality": options.recompress,
        "--overlay": options.overlay,
    }
    return [name for name, value in asked.items() if value]
