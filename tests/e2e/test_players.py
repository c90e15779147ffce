"""Players of others prove that they may watch, as docs/how_to_guides/vlc.md says."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.e2e.clients import needs_ffmpeg
from tests.e2e.players import NotShownError, anyones_folder, show
from tests.processes import (
    PATIENCE,
    RealServer,
    camclient,
    environment,
    python,
    real_server,
    register,
    run,
    running,
)

PASSWORD = "p@ss: wörd/%"
STREAM = "/cameras/1/stream.mjpg"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[RealServer]:
    """Whoever watches has to know the password."""
    ((camera_id, token),) = register(data_dir, "camera 1")
    with real_server(data_dir, CAMSERVE_VIEWER_PASSWORD=PASSWORD) as server:
        source = ("--source", "test", "--width", "160", "--height", "120")
        with running(camclient(server.ingest, camera_id, token, *source)) as camera:
            camera.err.wait_for("connected")
            yield server


def with_password(server: RealServer, password: str) -> str:
    return server.url(STREAM).replace("//", f"//viewer:{quote(password, safe='')}@")


@pytest.mark.parametrize("player", ["vlc", "mpv", "ffplay"])
@pytest.mark.parametrize("proof", ["password", "link"])
def test_a_player_that_may_watch(
    player: str, proof: str, server: RealServer, data_dir: Path
) -> None:
    if proof == "password":
        url = with_password(server, PASSWORD)
    else:
        share = python("camserve", "camera", "share", "1", "--for", "1h", "--data-dir", data_dir)
        link = run(share).stdout.strip()
        url = server.url(f"{STREAM}?{link.partition('?')[2]}")
    with anyones_folder() as folder:
        try:
            show([player, url], folder)
        except FileNotFoundError:
            pytest.skip(f"needs the Debian package of {player}")


@needs_ffmpeg
@pytest.mark.parametrize("password", ["", "wrong"])
def test_ffmpeg_that_may_not(password: str, server: RealServer) -> None:
    done = subprocess.run(
        ["ffprobe", "-loglevel", "error", with_password(server, password)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode != 0
    assert "401 Unauthorized" in done.stderr


def test_a_player_that_shows_nothing_is_no_success(tmp_path: Path) -> None:
    with pytest.raises((NotShownError, FileNotFoundError)):
        show(["mpv", str(tmp_path / "nothing.mjpg")], tmp_path)
