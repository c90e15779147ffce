"""The page at / in a real browser: live pictures, and the truth when they are not."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import trio

from camserve.config import Config
from camserve.registry import Registry, Tokens, load_secret
from camserve.server import serve
from tests.browser import Tab
from tests.e2e.browser.cameras import camera_running, grey_jpeg, push_test_picture
from tests.serving import running_server


def tile(camera_id: int, *, kind: str = "") -> str:
    """JavaScript for a camera's tile, or null when it is of another kind."""
    condition = f'[data-kind="{kind}"]' if kind else ""
    return f"""document.querySelector('[data-camera="{camera_id}"]{condition}')"""


def text(camera_id: int) -> str:
    return f"{tile(camera_id)}.querySelector('.status').textContent"


def canvas(camera_id: int) -> str:
    return f"{tile(camera_id)}.querySelector('canvas')"


def brightness_filter(camera_id: int) -> str:
    return f"getComputedStyle({canvas(camera_id)}).filter"


async def wait_until_it_moves(tab: Tab, camera_id: int) -> None:
    await tab.evaluate(f"window.before = {canvas(camera_id)}.toDataURL()")
    await tab.wait_until(f"{canvas(camera_id)}.toDataURL() !== window.before")


async def test_three_cameras_move_and_one_that_ends_does_not_look_live(
    tab: Tab, tmp_path: Path
) -> None:
    async with running_server(tmp_path, cameras=3) as server, AsyncExitStack() as others:
        first, second, third = server.cameras
        await others.enter_async_context(camera_running(server, first))
        await others.enter_async_context(camera_running(server, third))
        async with camera_running(server, second):
            await tab.go(server.url("/"))
            for camera in server.cameras:
                await tab.wait_until(tile(camera.id, kind="live"))
                await wait_until_it_moves(tab, camera.id)
                assert await tab.evaluate(f"{canvas(camera.id)}.width") == 320
                assert await tab.evaluate(brightness_filter(camera.id)) == "none"
            await tab.wait_until(f"/^\\s*live \\d+ fps$/.test({text(2)})")
            await tab.wait_until("summary.textContent === '3 cameras, 3 online'")

        await tab.wait_until(tile(2, kind="offline"))
        assert "offline since " in str(await tab.evaluate(text(2)))
        age = f"{tile(2)}.querySelector('.age').innerText"
        await tab.wait_until(f"/^[1-9] s old$/.test({age})")
        assert "brightness" in str(await tab.evaluate(brightness_filter(2)))
        await tab.wait_until("news.textContent === 'camera 2 is offline.'")
        await wait_until_it_moves(tab, 1)
        await wait_until_it_moves(tab, 3)
        assert await tab.evaluate(f"!!{tile(1, kind='live')} && !!{tile(3, kind='live')}")

        async with camera_running(server, second):
            await tab.wait_until(tile(2, kind="live"))
            assert await tab.evaluate(f"{age} === ''")
            await wait_until_it_moves(tab, 2)

        assert tab.complaints == []
        here = (server.url("/"), server.url("/").replace("http", "ws"))
        assert all(url.startswith(here) for url in tab.requested), tab.requested


async def test_a_silent_camera_is_stale_and_then_live_again(tab: Tab, tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, cameras=2, stale_after=1.0) as server,
        server.publisher(server.cameras[0]) as publisher,
        server.publisher(server.cameras[1]),
    ):
        await publisher.send(grey_jpeg())
        await tab.go(server.url("/"))
        await tab.wait_until(tile(1, kind="stale"))
        assert "stale since " in str(await tab.evaluate(text(1)))
        assert "brightness" in str(await tab.evaluate(brightness_filter(1)))
        assert "no picture yet connected" in str(await tab.evaluate(text(2)))
        # What the page knows is older than this picture, and the picture is proof.
        await publisher.send(grey_jpeg(90))
        await tab.wait_until(tile(1, kind="live"), patience=1)
        # A damaged one is no picture.
        await publisher.send(b"\xff\xd8\xff damaged \xff\xd9")
        await tab.wait_until(tile(1, kind="stale"))
        assert tab.complaints == []


async def test_pictures_that_stop_are_not_live_while_the_server_still_hopes(
    tab: Tab, tmp_path: Path
) -> None:
    async with (
        running_server(tmp_path, stale_after=60.0) as server,
        server.publisher(server.cameras[0]) as publisher,
    ):
        await publisher.send(grey_jpeg())
        await tab.go(server.url("/"))
        await tab.wait_until(tile(1, kind="live"))
        await tab.wait_until(tile(1, kind="delayed"))
        assert "no new picture for 3 s" in str(await tab.evaluate(text(1)))
        assert "brightness" in str(await tab.evaluate(brightness_filter(1)))


@asynccontextmanager
async def serving(config: Config) -> AsyncIterator[None]:
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(serve, config, stop)
        yield
        stop.set()


async def test_a_server_that_is_started_again_is_live_within_five_seconds(
    tab: Tab, tmp_path: Path
) -> None:
    config = Config(data_dir=tmp_path, port=0, ingest_port=0)
    listeners = [await trio.open_tcp_listeners(0, host="127.0.0.1") for _ in range(2)]
    ports = [listener.socket.getsockname()[1] for (listener,) in listeners]
    for (listener,) in listeners:
        await listener.aclose()
    config = replace(config, port=ports[0], ingest_port=ports[1])
    registry = Registry.open(config.database_url)
    cameras = [registry.add(name) for name in ("garden", "door")]
    registry.close()
    tokens = Tokens(load_secret(tmp_path, None))

    async with trio.open_nursery() as nursery:
        for camera in cameras:
            nursery.start_soon(push_test_picture, ports[1], camera.id, tokens.token(camera))
        async with serving(config):
            await tab.go(f"http://127.0.0.1:{ports[0]}/")
            for camera in cameras:
                await tab.wait_until(tile(camera.id, kind="live"))
            assert tab.complaints == []
        await tab.wait_until(tile(1, kind="lost"))
        assert "does not answer" in str(await tab.evaluate("trouble.textContent"))
        assert "brightness" in str(await tab.evaluate(brightness_filter(1)))

        async with serving(config):
            with trio.fail_after(5):
                for camera in cameras:
                    await tab.wait_until(tile(camera.id, kind="live"))
                    await wait_until_it_moves(tab, camera.id)
                await tab.wait_until("trouble.textContent === ''")
            nursery.cancel_scope.cancel()
    # The browser itself tells of connections that fail; the page has nothing to add.
    assert [line for line in tab.complaints if "ERR_CONNECTION" not in line] == []
