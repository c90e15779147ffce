"""Players and libraries that others wrote take the streams as they are."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import httpx_sse
import pytest

from camserve.wire import jpeg_dimensions
from tests.e2e.clients import get
from tests.e2e.conftest import HEIGHT, WIDTH, Recording
from tests.e2e.players import PICTURES, anyones_folder, show
from tests.processes import (
    PATIENCE,
    RealServer,
    camclient,
    environment,
    eventually,
    real_server,
    register,
    running,
)

STREAM = "/cameras/1/stream.mjpg"


def needs(program: str, packages: str) -> pytest.MarkDecorator:
    reason = f"needs the Debian packages {packages}"
    return pytest.mark.skipif(shutil.which(program) is None, reason=reason)


@pytest.fixture(scope="module")
def server(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """Serves camera 1, which plays the recording for ever."""
    data_dir = tmp_path_factory.mktemp("data")
    ((camera_id, token),) = register(data_dir, "player")
    with real_server(data_dir) as server:
        words = camclient(server.ingest, camera_id, token, "--source", recording.file)
        with running(words):
            eventually(lambda: get(server.url("/get-image?cameraId=1"))[0] == 200)
            yield server


def play(*words: str, **variables: str) -> str:
    """Run a player to its end, which has to be a good one; what it wrote."""
    done = subprocess.run(
        words,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return output


@needs("gst-launch-1.0", "gstreamer1.0-tools, -plugins-base and -plugins-good")
def test_gstreamer(server: RealServer, tmp_path: Path) -> None:
    url = server.url(STREAM)
    source = ["souphttpsrc", f"location={url}", "!", "multipartdemux", "single-stream=true", "!"]
    decoded = ["jpegdec", "!", "video/x-raw", "!", "fakesink", "num-buffers=10", "silent=false"]
    output = play(
        "gst-launch-1.0", "-v", *source, *decoded, GST_REGISTRY=str(tmp_path / "registry")
    )
    assert output.count("chain   *******") == 10
    assert f"width=(int){WIDTH}, height=(int){HEIGHT}" in output


@needs("mpv", "mpv")
def test_mpv(server: RealServer, tmp_path: Path) -> None:
    pictures = show(["mpv", "--untimed", server.url(STREAM)], tmp_path)
    # The last one may not be there as a whole.
    sizes = {jpeg_dimensions(picture.read_bytes()) for picture in pictures[:PICTURES]}
    assert sizes == {(WIDTH, HEIGHT)}


@needs("vlc", "vlc-bin and vlc-plugin-base")
def test_vlc(server: RealServer) -> None:
    """It shows pictures until it is told to stop."""
    with anyones_folder() as folder:
        pictures = show(["vlc", server.url(STREAM)], folder)
        width, _ = jpeg_dimensions(pictures[0].read_bytes()) or (0, 0)
    assert width == WIDTH  # it fills the height up to whole blocks


def test_httpx_sse(server: RealServer, recording: Recording) -> None:
    url = server.url("/cameras/1/events")
    pictures, ids = [], []
    with (
        httpx.Client(timeout=PATIENCE, trust_env=False) as client,
        httpx_sse.connect_sse(client, "GET", url) as events,
    ):
        for event in events.iter_sse():
            if event.event == "status":
                assert json.loads(event.data)["state"] == "online"
                assert event.retry == 2000
                continue
            assert event.event == "image-update"
            head, _, data = event.data.partition(",")
            assert head == "data:image/jpg;base64"
            pictures.append(recording.number(base64.b64decode(data, validate=True)))
            ids.append(int(event.id))
            if len(ids) == 10:
                break
    assert ids == sorted(set(ids))
    assert len(set(pictures)) > 5
