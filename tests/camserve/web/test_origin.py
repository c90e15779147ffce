"""`/live` is for this server's own pages; the older sockets stay open to front ends elsewhere."""

import pytest

from tests.serving import RunningServer, connection, read_until

UPGRADE = (
    "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/live", "", 101),
        ("/live", "Origin: http://test", 101),
        ("/live", "Origin: HTTP://TEST", 101),
        ("/live", "Origin: https://cams.example\nX-Forwarded-Host: cams.example", 101),
        ("/live", "Origin: http://evil.example", 403),
        ("/live", "Origin: http://test.evil.example", 403),
        ("/live", "Origin: null", 403),
        ("/video-output-stream", "Origin: http://elsewhere.example", 101),
    ],
)
async def test_who_may_open_it(server: RunningServer, path: str, headers: str, status: int) -> None:
    lines = [f"GET {path} HTTP/1.1", "Host: test", *UPGRADE.splitlines(), *headers.splitlines()]
    async with connection(server.http_port) as stream:
        await stream.send_all("\r\n".join([*lines, "", ""]).encode())
        head = await read_until(stream, b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d" % status)
        if status == 403:
            await read_until(stream, b"pages of this server only", head)
