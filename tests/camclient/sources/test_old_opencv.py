"""OpenCV 4.6, which Debian 12 and Pi OS have: there is no `cv2.typing`."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from tests.camclient.sources.fake_video import gray

ROOT = Path(__file__).parents[3]
#: Its arguments are sources; prints the start of a JPEG of each.
CODE = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name == "cv2.typing":
            raise ModuleNotFoundError("No module named 'cv2.typing'")

# The OpenCV of today imports it itself; ours must do without.
import cv2
sys.modules.pop("cv2.typing", None)
vars(cv2).pop("typing", None)
sys.meta_path.insert(0, Blocker())

from camclient.sources import parse_source

for spec in sys.argv[1:]:
    source = parse_source(spec)
    source.open()
    print(source.read().encode(80)[:2].hex())
    source.close()
"""


@pytest.mark.parametrize("spec", ["test:1", "test:2", "test:3", "clip.avi"])
def test_sources_need_no_typing_module_of_opencv(spec: str, tmp_path: Path) -> None:
    writer = cv2.VideoWriter(
        str(tmp_path / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48)
    )
    writer.write(gray(100))
    writer.release()
    result = subprocess.run(
        [sys.executable, "-c", CODE, spec],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (result.stdout, result.stderr) == ("ffd8\n", "")
