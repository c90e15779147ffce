import json
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trio

from camserve.config import Config
from camserve.demo import CAMERAS, serve_demo
from camserve.registry import Registry
from camserve.server import StartError
from tests.serving import STARTUP, request


@asynccontextmanager
async def running_demo(data_dir: Path, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """The demo in this process; gives the port for viewers."""
    config = Config(data_dir=data_dir, host=host, port=0, ingest_port=0)
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        with trio.fail_after(STARTUP):
            addresses = await nursery.start(serve_demo, config, stop)
        yield urlsplit(addresses.watch).port or 0
        stop.set()


async def states(port: int) -> dict[str, str]:
    """By name, in the order of the ids."""
    answer = await request(port, "GET /cameras")
    cameras = json.loads(answer.partition(b"\r\n\r\n")[2])
    return {camera["name"]: camera["state"] for camera in cameras}


async def wait_until_online(port: int, **others: str) -> list[str]:
    """Wait for all of the demo's cameras; the names of all in the order of their ids."""
    expected = {**{camera.name: "online" for camera in CAMERAS}, **others}
    with trio.fail_after(STARTUP):
        while (now := await states(port)) != expected:
            pass
    return list(now)


def registry(data_dir: Path) -> Registry:
    return Registry.open(Config(data_dir=data_dir).database_url)


async def test_every_camera_comes_online(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as port:
        assert await wait_until_online(port) == [camera.name for camera in CAMERAS]


async def test_real_cameras_do_not_find_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    announced: list[object] = []

    async def announce(*given: object) -> None:
        announced.append(given)

    monkeypatch.setattr("camserve.server.announce", announce)
    async with running_demo(tmp_path, "0.0.0.0") as port:
        await wait_until_online(port)
    assert announced == []


async def test_cameras_that_are_there_already_are_used(tmp_path: Path) -> None:
    with registry(tmp_path) as before:
        before.add("mine")
        kept = before.add(CAMERAS[1].name, description="kept")
    async with running_demo(tmp_path) as port:
        names = await wait_until_online(port, mine="offline")
    assert names == ["mine", CAMERAS[1].name, CAMERAS[0].name, CAMERAS[2].name]
    with registry(tmp_path) as after:
        assert after.get(kept.id) == kept


async def test_a_camera_that_is_removed_meanwhile_ends_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="camserve.demo")
    async with running_demo(tmp_path) as port:
        await wait_until_online(port)
        with registry(tmp_path) as changing:
            changing.remove(1)
        with trio.fail_after(STARTUP):
            while not caplog.messages:
                await states(port)
        assert await states(port) == {camera.name: "online" for camera in CAMERAS[1:]}
    assert caplog.messages == ["the demo's camera 1 was refused: No camera with id 1 exists"]


async def test_without_opencv_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "camclient.sources.pattern", None)
    with pytest.raises(StartError, match=r'pip install "camserve\[camera\]"'):
        await serve_demo(Config(data_dir=tmp_path, port=0, ingest_port=0), trio.Event())
    assert os.listdir(tmp_path) == []
