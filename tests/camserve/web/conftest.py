"""Servers for the tests of this folder."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from quart import Quart

from camserve.web import Site, create_app, mjpeg
from camserve.web.openapi import document
from camserve.web.streams import StreamKind
from tests.camserve.web import http_viewer
from tests.camserve.web.description import Description
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


@pytest.fixture(scope="session")
def description() -> Description:
    """What the OpenAPI document says of a server that everybody may watch."""
    app = create_app(cast(Site, SimpleNamespace(max_frame_bytes=1)))
    return Description(json.loads(json.dumps(document(app, is_open=True))))


@pytest.fixture(autouse=True)
def _answers_are_as_described(
    description: Description, request: pytest.FixtureRequest
) -> Iterator[None]:
    """Every answer to any test of this folder has a status and a type that the document names."""
    if request.path.stem == "test_traps":  # puts answers of its own in place of ours
        yield
        return
    http_viewer.observers.append(description.check_head)
    yield
    http_viewer.observers.remove(description.check_head)


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
