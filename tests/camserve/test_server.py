"""The whole server over real sockets: a frame walks from a camera to its viewers."""

from pathlib import Path

import trio

from tests.serving import connection, jpeg, read_until, request, running_server


async def test_a_frame_walks_from_a_camera_to_a_viewer(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        (camera,) = server.cameras
        async with server.publisher(camera) as publisher, connection(server.http_port) as viewer:
            await viewer.send_all(b"GET /cameras/1/stream.mjpg HTTP/1.1\r\nHost: test\r\n\r\n")
            picture = jpeg(b"hello")
            await publisher.send(picture)
            with trio.fail_after(5):
                received = await read_until(viewer, picture)
        assert b"Content-Type: image/jpeg\r\nContent-Length: 11\r\nX-Timestamp: " in received


async def test_hello(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        answer = await request(server.http_port, "GET /hello")
        assert answer.endswith(b'\r\n\r\n{"message": "Hello World!"}')
