"""What other people's pages do with the server, in a real browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from tests.browser import Tab
from tests.e2e.browser.cameras import camera_running
from tests.serving import running_server

PREFIX = b"/garden/cam"


async def test_an_img_element_shows_the_mjpeg_stream(tab: Tab, tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, camera_running(server, server.cameras[0]):
        await tab.go(server.url("/hello"))
        await tab.evaluate(
            """document.body.innerHTML = '<img src="/cameras/1/stream.mjpg">';
            window.look = () => {
                const canvas = document.createElement("canvas");
                canvas.getContext("2d").drawImage(document.images[0], 0, 0);
                return canvas.toDataURL();
            }"""
        )
        await tab.wait_until("document.images[0].naturalWidth === 320")
        await tab.evaluate("window.before = look()")
        await tab.wait_until("look() !== window.before")
        assert tab.complaints == []


async def test_event_source_reads_the_old_event_stream_from_another_origin(
    tab: Tab, tmp_path: Path
) -> None:
    async with running_server(tmp_path) as server, camera_running(server, server.cameras[0]):
        await tab.go(server.url("/hello").replace("127.0.0.1", "localhost"))
        await tab.evaluate(
            f"""window.pictures = [];
            const source = new EventSource("{server.url("/stream-image?cameraId=1")}");
            source.addEventListener("image-update", async ({{ data }}) => {{
                const image = new Image();
                image.src = data;
                await image.decode();
                pictures.push(data);
            }})"""
        )
        await tab.wait_until("new Set(pictures).size >= 3")
        assert tab.complaints == []


async def test_the_page_works_under_a_path_prefix(tab: Tab, tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        camera_running(server, server.cameras[0]),
        prefixing_proxy(server.http_port) as port,
    ):
        await tab.go(f"http://127.0.0.1:{port}/garden/cam/")
        await tab.wait_until("document.querySelector('[data-kind=live]')")
        paths = [url.split(f":{port}")[1] for url in tab.requested]
        assert "/garden/cam/video-output-stream" in paths
        assert all(path.startswith("/garden/cam/") for path in paths), paths
        assert tab.complaints == []


@asynccontextmanager
async def prefixing_proxy(server_port: int) -> AsyncIterator[int]:
    """A reverse proxy that cuts `PREFIX` off; gives its port."""

    async def serve(client: trio.SocketStream) -> None:
        async with (
            await trio.open_tcp_stream("127.0.0.1", server_port) as server,
            client,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(pump, client, server)
            await pump(server, client)
            nursery.cancel_scope.cancel()

    async def pump(source: trio.SocketStream, target: trio.SocketStream) -> None:
        try:
            async for chunk in source:
                # Heads of requests are short and come in one piece.
                await target.send_all(chunk.replace(b"GET " + PREFIX, b"GET ", 1))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, serve, [listener])
        yield listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()
