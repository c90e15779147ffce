"""Someone who asks with the admin token, in JSON."""

import json

from tests.camserve.web.conftest import ADMIN_TOKEN
from tests.camserve.web.http_viewer import Answer, HttpViewer, http_viewer
from tests.serving import RunningServer

BEARER = f"Bearer {ADMIN_TOKEN}"


async def send_json(
    viewer: HttpViewer,
    method: str,
    target: str,
    body: object = None,
    *,
    authorization: str | None = BEARER,
    content_type: str = "application/json",
) -> Answer:
    """Send a request on this connection and read its answer.

    body: made JSON, unless it is bytes; None: none
    """
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    fields = {"Content-Type": content_type, "Content-Length": str(len(data))}
    if authorization is not None:
        fields["Authorization"] = authorization
    viewer.asked.append((method, target))
    lines = [f"{method} {target} HTTP/1.1", "Host: test"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    await viewer.stream.send_all("\r\n".join([*lines, "", ""]).encode() + data)
    head = await viewer.read_head()
    length = int(head["content-length"]) if "content-length" in head else 0
    return Answer(head, await viewer.read(length))


async def admin(server: RunningServer, method: str, target: str, body: object = None) -> Answer:
    """Ask as an admin, on a connection of its own."""
    async with http_viewer(server) as viewer:
        return await send_json(viewer, method, target, body)


def content(answer: Answer) -> dict[str, object]:
    value = json.loads(answer.body)
    assert isinstance(value, dict)
    return value


def message(answer: Answer) -> str:
    return str(content(answer)["message"])
