import json

from tests.camserve.web.http_viewer import fetch
from tests.serving import RunningServer


async def test_the_server_is_alive(server: RunningServer) -> None:
    answer = await fetch(server, "/healthz")
    assert answer.status == 200
    assert json.loads(answer.body) == {"status": "ok"}
