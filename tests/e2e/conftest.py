"""What the end-to-end tests share: one recorded video, and which programs they need."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.camclient.sources.jpegs import avi_packets
from tests.processes import DIRECT

WIDTH, HEIGHT, FPS, FRAMES = 320, 240, 15, 30


@dataclass(frozen=True)
class Recording:
    """A video file and what camclient has to send of it.

    file: two seconds of Motion JPEG in an AVI
    numbers: of its frames, by the SHA-256 of the JPEG that is in the file
    """

    file: Path
    numbers: dict[str, int]

    def number(self, picture: bytes) -> int:
        """Which frame this is. KeyError: not byte for byte one of the file's."""
        return self.numbers[hashlib.sha256(picture).hexdigest()]


@pytest.fixture(scope="session", autouse=True)
def _no_proxy() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in DIRECT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    file = tmp_path_factory.mktemp("recording") / "two seconds.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (WIDTH, HEIGHT))
    slope = np.linspace(20, 160, WIDTH).astype(np.uint8)
    for number in range(FRAMES):
        picture = np.ascontiguousarray(np.broadcast_to(slope[:, None], (HEIGHT, WIDTH, 3)))
        cv2.rectangle(picture, (number * 9, 60), (number * 9 + 40, 180), (40, 200, 250), -1)
        writer.write(picture)
    writer.release()
    # Whatever camclient, the network or the server changed in a picture would give another hash.
    packets = avi_packets(file.read_bytes())
    numbers = {hashlib.sha256(jpeg).hexdigest(): number for number, jpeg in enumerate(packets)}
    assert len(numbers) == FRAMES
    return Recording(file, numbers)
