"""What every request passes: a place for who belongs here, and what may be kept of an answer."""

import logging
from pathlib import Path

import pytest

from tests.camserve.web.guests import PASSWORD, basic, closed_server
from tests.camserve.web.http_viewer import HttpViewer, fetch, http_viewer
from tests.serving import RunningServer, jpeg, running_server

WARNING = "no viewer password is set"


async def test_who_was_let_in_does_not_give_way_to_strangers(tmp_path: Path) -> None:
    async with (
        closed_server(tmp_path, max_unauthenticated_connections=2) as server,
        server.publisher(server.cameras[0]) as publisher,
        http_viewer(server) as viewer,
    ):
        await publisher.send(jpeg(b"first"))
        await viewer.ask("/cameras/1/stream.mjpg", Authorization=basic(PASSWORD))
        assert await viewer.picture() == jpeg(b"first")
        async with http_viewer(server) as refused, http_viewer(server) as public:
            for stranger, target, status in ((refused, "/cameras", 401), (public, "/hello", 200)):
                assert (await stranger.answer(target)).status == status
            for _ in range(3):
                assert (await fetch(server, "/hello")).status == 200
            assert await has_ended(refused)
            assert await has_ended(public)
        await publisher.send(jpeg(b"last"))
        while await viewer.picture() != jpeg(b"last"):
            pass


async def has_ended(viewer: HttpViewer) -> bool:
    return await viewer.read_to_end() == b""


async def test_proxies_keep_nothing_that_only_some_may_see(server: RunningServer) -> None:
    for target in ("/cameras", "/cameras/1", "/list", "/image"):
        assert (await fetch(server, target)).head["cache-control"] == "no-store"
    assert "private" in (await fetch(server, "/")).head["cache-control"]
    assert "cache-control" not in (await fetch(server, "/hello")).head


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        ({}, False),
        ({"host": "0.0.0.0"}, True),
        ({"host": "0.0.0.0", "viewer_password": PASSWORD}, False),
        # Behind a reverse proxy.
        ({"public_url": "https://cams.example/"}, True),
        ({"public_url": "https://cams.example/", "viewer_password": PASSWORD}, False),
    ],
)
async def test_the_warning_at_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, settings: dict[str, object], warned: bool
) -> None:
    with caplog.at_level(logging.WARNING):
        async with running_server(tmp_path, announce=False, **settings):  # type: ignore[arg-type]
            assert (WARNING in caplog.text) == warned
