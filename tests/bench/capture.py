"""What a picture costs the camera's computer before it is sent: as it came, or made anew."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from camclient.sources import SourceOptions
from camclient.sources.scenes import SCENES
from camclient.sources.video import VideoSource

from .plan import Plan
from .table import Check, Table

WIDTH, HEIGHT, FPS = 640, 480, 15
QUALITY = 80
PICTURES = 30  # in the clip
NOISE = 6.0  # standard deviation; a drawing without it compresses better than any camera's picture
#: Of the CPU time that decode + encode take, at most so much.
TARGET = 1 / 20
SHARE = 0.2  # of a window, for each way in each round

PASSED, TURNED, MADE_ANEW = "passed on", "passed on, turned by EXIF", "decoded and encoded"
WAYS: dict[str, SourceOptions] = {
    PASSED: SourceOptions(),
    TURNED: SourceOptions(rotate=90),
    MADE_ANEW: SourceOptions(recompress=True),
    "the same with an overlay": SourceOptions(overlay=("time", "frame")),
    "the same at half the width": SourceOptions(width=WIDTH // 2),
}


@dataclass(frozen=True, slots=True)
class CaptureCost:
    """picture_bytes: of a JPEG, on average. cpu: by way, seconds for each picture, a round each."""

    picture_bytes: int
    cpu: dict[str, tuple[float, ...]]

    def tables(self) -> list[Table]:
        whole = statistics.median(self.cpu[MADE_ANEW])
        rows = [
            (way, f"{statistics.median(times) * 1e3:.3f}", f"{self._share(way):.3f}")
            for way, times in self.cpu.items()
        ]
        return [
            Table(
                f"camclient: reading a picture of a Motion JPEG file, {WIDTH} x {HEIGHT}, "
                f"{self.picture_bytes / 1000:.0f} kB",
                ("what happens to it", "CPU ms per picture", f"x {MADE_ANEW}"),
                rows,
                [f"At {FPS} fps, {MADE_ANEW}: {whole * FPS:.1%} of one core of this machine."],
            )
        ]

    def _share(self, way: str) -> float:
        """The median of the rounds, in each of which both were measured."""
        pairs = zip(self.cpu[way], self.cpu[MADE_ANEW], strict=True)
        return statistics.median(one / whole for one, whole in pairs)

    def checks(self) -> Iterator[Check]:
        share = self._share(PASSED)
        yield Check(
            f"CPU of a picture that is {PASSED}: <= 1/{1 / TARGET:.0f} of decode + encode",
            f"1/{1 / share:.0f}",
            share <= TARGET,
        )


def measure_capture(plan: Plan) -> CaptureCost:
    with tempfile.TemporaryDirectory(prefix="camserve-bench-") as directory:
        clip = Path(directory) / "clip.avi"
        size = write_clip(clip)
        found: dict[str, list[float]] = {way: [] for way in WAYS}
        for _ in range(plan.rounds):
            for way, options in WAYS.items():
                found[way].append(cpu_per_picture(clip, options, plan.seconds * SHARE))
    return CaptureCost(size, {way: tuple(times) for way, times in found.items()})


def write_clip(path: Path) -> int:
    """A moving drawing with a camera's noise, as Motion JPEG; returns the bytes of a picture."""
    scene, random = SCENES[0](), np.random.default_rng(1)
    background = scene.background(WIDTH, HEIGHT)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (WIDTH, HEIGHT))
    for _ in range(PICTURES):
        noisy = background + random.normal(0, NOISE, background.shape)
        writer.write(noisy.clip(0, 255).astype(np.uint8))
    writer.release()
    return path.stat().st_size // PICTURES


def cpu_per_picture(
    clip: Path,
    options: SourceOptions,
    seconds: float,
    now: Callable[[], float] = time.monotonic,
) -> float:
    """User and system time, of all threads, for each picture; read as fast as it goes."""
    film_time = 0.0
    source = VideoSource(str(clip), options, lambda: film_time)
    source.open()
    try:
        for _ in range(PICTURES):  # not counted: what is imported and allocated once
            source.read().encode(QUALITY)
            film_time += 1 / FPS
        count, end, began = 0, now() + seconds, time.process_time()
        while not count or now() < end:
            source.read().encode(QUALITY)
            film_time += 1 / FPS
            count += 1
        return (time.process_time() - began) / count
    finally:
        source.close()
