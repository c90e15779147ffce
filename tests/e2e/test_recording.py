"""A recorded video, pushed by a real camclient, comes out of every route as it went in."""

import subprocess
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.e2e.clients import (
    curl,
    event_pictures,
    get,
    multipart_pictures,
    needs_curl,
    needs_ffmpeg,
    old_viewer,
    socket_pictures,
)
from tests.e2e.conftest import FRAMES, HEIGHT, WIDTH, Recording
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


def assert_moving(numbers: list[int]) -> None:
    """Frame follows frame: some may be skipped, none comes out of turn."""
    changes = [(after - before) % FRAMES for before, after in pairwise(numbers) if before != after]
    assert len(changes) > len(numbers) / 2
    assert max(changes) < FRAMES - 6  # one step back would be FRAMES - 1 steps on


@needs_curl
def test_stream_mjpg_by_curl_through_the_end_of_the_file(
    server: RealServer, recording: Recording
) -> None:
    with curl(server.url("/cameras/1/stream.mjpg")) as body:
        numbers = [recording.number(jpeg) for jpeg in islice(multipart_pictures(body), FRAMES + 5)]
    assert_moving(numbers)
    assert any(after < before for before, after in pairwise(numbers)), "it did not begin again"


@needs_curl
@pytest.mark.parametrize("prefix", ["", "/camera"])
def test_stream_image_by_curl(server: RealServer, recording: Recording, prefix: str) -> None:
    with curl(server.url(f"{prefix}/stream-image?cameraId=1")) as body:
        assert_moving([recording.number(jpeg) for jpeg in islice(event_pictures(body), 12)])


@needs_curl
def test_get_image_by_curl(server: RealServer, recording: Recording) -> None:
    url = server.url("/get-image?cameraId=1")
    numbers = set()

    def another() -> bool:
        with curl("--fail", url) as body:
            numbers.add(recording.number(body.read()))
        return len(numbers) == 3

    eventually(another)


@needs_curl
@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/cameras/1/stream.mjpg", "multipart/x-mixed-replace; boundary=camserveframe"),
        ("/stream-image?cameraId=1", "text/event-stream"),
        ("/get-image?cameraId=1", "image/jpeg"),
    ],
)
def test_head_by_curl_ends_at_once(server: RealServer, path: str, content_type: str) -> None:
    with curl("--head", "--fail", "--max-time", "5", server.url(path)) as answer:
        head = answer.read().decode().lower()
    assert head.startswith("http/1.1 200")
    assert f"\r\ncontent-type: {content_type}" in head


def test_video_output_stream_by_websockets(server: RealServer, recording: Recording) -> None:
    with old_viewer(server, 1) as socket:
        pictures = list(islice(socket_pictures(socket), 12))
    assert_moving([recording.number(picture) for picture in pictures])


def ffmpeg(*words: str) -> None:
    """Run it so that it ends with an error at the first thing that it does not like."""
    done = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "warning", "-xerror", *words],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@needs_ffmpeg
def test_stream_mjpg_copied_by_ffmpeg(
    server: RealServer, recording: Recording, tmp_path: Path
) -> None:
    url = server.url("/cameras/1/stream.mjpg")
    copied = ["-frames:v", "20", "-c", "copy", "-f", "image2", str(tmp_path / "%02d.jpg")]
    ffmpeg("-f", "mpjpeg", "-i", url, *copied)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 20
    assert_moving([recording.number(file.read_bytes()) for file in files])


@needs_ffmpeg
def test_stream_mjpg_decoded_by_ffmpeg(server: RealServer) -> None:
    url = server.url("/cameras/1/stream.mjpg")
    ffmpeg("-f", "mpjpeg", "-i", url, "-frames:v", "20", "-f", "null", "-")


def test_stream_mjpg_by_opencv(server: RealServer, recording: Recording) -> None:
    file = cv2.VideoCapture(str(recording.file))
    recorded = np.array([file.read()[1] for _ in range(FRAMES)], np.float32)
    timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, 10_000, cv2.CAP_PROP_READ_TIMEOUT_MSEC, 10_000]
    url = server.url("/cameras/1/stream.mjpg")
    video = cv2.VideoCapture(url, cv2.CAP_FFMPEG, timeouts)
    numbers = []
    for _ in range(10):
        done, picture = video.read()
        assert done
        assert picture.shape == (HEIGHT, WIDTH, 3)
        distances = np.abs(recorded - picture).mean(axis=(1, 2, 3))
        assert distances.min() < 2  # JPEG and another decoder change each value by a little
        numbers.append(int(distances.argmin()))
    video.release()
    assert_moving(numbers)
