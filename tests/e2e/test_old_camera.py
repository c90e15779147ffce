"""Cameras and viewers that were there before camserve go on working."""

import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.e2e.clients import (
    curl,
    multipart_pictures,
    needs_curl,
    old_camera,
    old_viewer,
    socket_pictures,
    states,
)
from tests.processes import (
    RealServer,
    eventually,
    python,
    real_server,
    register,
    run,
)
from tests.serving import jpeg

SECRET = "NOTsoSECRETsecretUsedFORtESTS1234908"
OLD_TOKENS = {
    1: "b5b9aea262709ebde6a9452a790216100c9724a830fec86f4cd242720c6add7e",
    2: "041b439e55f8209659496220fad608c530c254ff86522fdfac1c7ac1b9257766",
}
PICTURES = [jpeg(number, 20_000 + number) for number in range(5)]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("data")
    register(data_dir, "old 1", "old 2", "old 3")
    return data_dir


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[RealServer]:
    with real_server(data_dir, CAMERA_TOKEN_SECRET=SECRET) as server:
        yield server


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for number, picture in enumerate(PICTURES):
        (folder / f"{number}.jpg").write_bytes(picture)
    return folder


@pytest.mark.parametrize(("camera_id", "port"), [(1, "ingest"), (2, "HTTP")])
def test_an_old_camera_and_an_old_viewer(
    server: RealServer, pictures: Path, camera_id: int, port: str
) -> None:
    url = server.ingest if port == "ingest" else server.ws("/video-input-stream")
    with (
        old_camera(url, camera_id, OLD_TOKENS[camera_id], pictures),
        old_viewer(server, camera_id) as viewer,
    ):
        shown = [PICTURES.index(picture) for picture in islice(socket_pictures(viewer), 12)]
    assert len(set(shown)) == len(PICTURES)


def test_an_old_token_opens_its_own_camera_only(server: RealServer, pictures: Path) -> None:
    with old_camera(server.ingest, 3, OLD_TOKENS[1], pictures) as program:
        assert program.wait() == 1
    assert program.err.text == "closed: 1008 Invalid token\n"


def test_without_the_old_secret_an_old_token_is_worthless(tmp_path: Path, pictures: Path) -> None:
    register(tmp_path / "data", "old 1")
    with (
        real_server(tmp_path / "data") as server,
        old_camera(server.ingest, 1, OLD_TOKENS[1], pictures) as program,
    ):
        assert program.wait() == 1
    assert program.err.text == "closed: 1008 Invalid token\n"


@needs_curl
def test_a_rotated_token_ends_the_old_one(
    server: RealServer, data_dir: Path, pictures: Path
) -> None:
    with old_camera(server.ingest, 1, OLD_TOKENS[1], pictures) as program:
        eventually(lambda: states(server)[0] == "online")
        rotated = run(
            python("camserve", "camera", "token", "1", "--rotate", "--data-dir", data_dir)
        )
        since = time.monotonic()
        assert program.wait() == 1
        assert time.monotonic() - since < 1
    assert program.err.text == "closed: 1008 Invalid token\n"
    with (
        old_camera(server.ingest, 1, rotated.stdout.strip(), pictures),
        curl(server.url("/cameras/1/stream.mjpg")) as body,
    ):
        # The first one may be the last of the connection that was cut.
        assert len({PICTURES.index(one) for one in islice(multipart_pictures(body), 6)}) > 3
