"""Servers for the tests of this folder."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from quart import Quart

from camserve.web import Site, create_app, mjpeg
from camserve.web.streams import StreamKind
from tests.serving import RunningServer, running_server

ADMIN_TOKEN = "the admin's token"


@pytest.fixture
def apps(monkeypatch: pytest.MonkeyPatch) -> list[Quart]:
    """The applications of the servers that start in this test."""
    made: list[Quart] = []

    def create(site: Site) -> Quart:
        made.append(create_app(site))
        return made[-1]

    monkeypatch.setattr("camserve.web.frontend.create_app", create)
    return made


@pytest.fixture
async def server(tmp_path: Path, apps: list[Quart]) -> AsyncIterator[RunningServer]:
    """A server with two cameras and an admin."""
    async with running_server(tmp_path, cameras=2, admin_token=ADMIN_TOKEN) as running:
        yield running


@pytest.fixture
def no_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """MJPEG streams send new frames only, however slow the machine is."""
    encoding = replace(mjpeg.KIND.encoding, first_repeat=1000.0)
    monkeypatch.setattr(mjpeg, "KIND", StreamKind(mjpeg.KIND.content_type, encoding))
