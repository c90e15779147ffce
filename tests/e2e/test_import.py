"""From the old server's PostgreSQL into camserve: its cameras go on as if nothing had happened."""

import json
import shlex
import urllib.request
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from tests.e2e.clients import old_camera, old_viewer, socket_pictures, states
from tests.e2e.guides.runner import Workplace
from tests.e2e.guides.snippets import snippets
from tests.old_server import old_database
from tests.postgres import PostgresServer
from tests.processes import PATIENCE, ROOT, RealServer, eventually, python, real_server, run
from tests.serving import jpeg

GUIDE = ROOT / "docs/how_to_guides/from_the_old_server.md"
OLD_SERVER = "postgresql://camera@old-server/camera"
ADMIN_TOKEN = "the admin's token"
#: As an old server has them: a proper one, one without a description, with the name of another
#: one and a space, with too long a name, and with a token that somebody typed.
ROWS = [
    (
        1,
        "front door",
        "at the door",
        "b5b9aea262709ebde6a9452a790216100c9724a830fec86f4cd242720c6a",
    ),
    (2, "garage", None, "0" * 64),
    (3, "garage ", "", "1" * 64),
    (17, "x" * 150, "y" * 2000, "2" * 64),
    (400, "Küche", "", "hunter2"),
]
PICTURES = [jpeg(number, 5_000) for number in range(3)]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, picture in enumerate(PICTURES):
        (folder / f"{number}.jpg").write_bytes(picture)
    return folder


def test_the_guide(tmp_path: Path, postgres: PostgresServer, pictures: Path) -> None:
    """The snippets of the guide that need an old server, in order, and what it says they print."""
    url = shlex.quote(old_database(postgres, ROWS[:3]))
    guide = snippets(GUIDE)
    shown = next(one for one in guide if one.kind == "text")
    mine = [one for one in guide if one.detail.endswith(f"{Path(__file__).name} has one")]
    look, bring, rotate = (replace(one, text=one.text.replace(OLD_SERVER, url)) for one in mine)
    (tmp_path / "page").mkdir()
    with real_server(tmp_path / "data") as server:
        work = Workplace(server, tmp_path / "data", tmp_path / "page")
        work.run(look)
        assert work.output == f"{shown.text.strip()}\n"
        assert states(server) == []
        work.run(bring)
        assert work.output.splitlines()[-1] == "3 imported"
        eventually(lambda: states(server) == ["offline"] * 3)
        with old_camera(server.ingest, 1, ROWS[0][3], pictures) as program:
            eventually(lambda: states(server)[0] == "online")
            work.run(rotate)
            assert program.wait() == 1


def rotated_token(server: RealServer, camera_id: int) -> str:
    """As an admin gets it over HTTP."""
    asked = urllib.request.Request(
        server.url(f"/cameras/{camera_id}/token"),
        method="POST",
        headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(asked, timeout=PATIENCE) as answer:
        return str(json.load(answer)["token"])


def test_every_old_camera_goes_on_pushing_until_its_token_is_rotated(
    tmp_path: Path, postgres: PostgresServer, pictures: Path
) -> None:
    url = old_database(postgres, ROWS)
    data_dir = tmp_path / "data"
    command = python("camserve", "camera", "import", url, "--data-dir", data_dir)
    tokens = {camera_id: token for camera_id, _, _, token in ROWS}
    with ExitStack() as stack:
        server = stack.enter_context(real_server(data_dir, CAMSERVE_ADMIN_TOKEN=ADMIN_TOKEN))
        done = run(command)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith("\n5 imported\n")
        # At once, while the server runs, and by both ports.
        ports = [server.ingest, server.ws("/video-input-stream")]
        programs = {
            camera_id: stack.enter_context(
                old_camera(ports[number % 2], camera_id, token, pictures)
            )
            for number, (camera_id, token) in enumerate(tokens.items())
        }
        eventually(lambda: states(server) == ["online"] * len(ROWS))
        for camera_id in tokens:
            with old_viewer(server, camera_id) as viewer:
                assert set(islice(socket_pictures(viewer), 4)) == set(PICTURES)

        # Again: nothing changes, and nobody is cut off.
        again = run(command)
        assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "5 present")

        by_http = rotated_token(server, 1)
        words = ("token", "400", "--rotate", "--data-dir", data_dir)
        by_hand = run(python("camserve", "camera", *words)).stdout.strip()
        for camera_id, new in [(1, by_http), (400, by_hand)]:
            assert programs[camera_id].wait() == 1
            assert programs[camera_id].err.text == "closed: 1008 Invalid token\n"
            with old_camera(server.ingest, camera_id, tokens[camera_id], pictures) as refused:
                assert refused.wait() == 1
            stack.enter_context(old_camera(server.ingest, camera_id, new, pictures))
        eventually(lambda: states(server) == ["online"] * len(ROWS))
        # Not even another import brings the old token back.
        assert "its token is another one here" in run(command).stdout
        with old_camera(server.ingest, 1, tokens[1], pictures) as refused:
            assert refused.wait() == 1
        assert all(programs[number].process.poll() is None for number in (2, 3, 17))
