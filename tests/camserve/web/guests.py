"""The kinds of people who ask a server for something, and what each of them shows."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from camserve.registry import load_secret
from camserve.trust import link_token
from tests.camserve.web.conftest import ADMIN_TOKEN
from tests.camserve.web.http_viewer import Answer, fetch, http_viewer
from tests.serving import RunningServer, running_server

PASSWORD = "Schlüssel 1"
FAR_AWAY = 4_000_000_000.0  # Unix seconds


@asynccontextmanager
async def closed_server(
    data_dir: Path, *, password: str = PASSWORD, **settings: object
) -> AsyncIterator[RunningServer]:
    """A server with two cameras, a password for viewers and an admin."""
    words = {"viewer_password": password, "admin_token": ADMIN_TOKEN}
    async with running_server(data_dir, cameras=2, **{**words, **settings}) as server:  # type: ignore[arg-type]
        yield server


def basic(password: str, user: str = "whoever") -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def link(server: RunningServer, camera_id: int = 1, until: float = FAR_AWAY) -> str:
    """The token of a link to a camera."""
    secret = load_secret(server.config.data_dir, server.config.secret)
    return link_token(secret, camera_id, 1, until)


async def post_form(
    server: RunningServer, target: str, fields: dict[str, str], **more: str
) -> Answer:
    """Send a form as browsers do; `more`: header fields."""
    body = urlencode(fields).encode()
    form = {"Content_Type": "application/x-www-form-urlencoded", "Content_Length": str(len(body))}
    async with http_viewer(server) as viewer:
        await viewer.send(target, method="POST", **form, **more)
        await viewer.stream.send_all(body)
        head = await viewer.read_head()
        return Answer(head, await viewer.read(int(head["content-length"])))


def cookie_of(answer: Answer) -> str:
    """The session that an answer gave, as a browser sends it back."""
    return answer.head["set-cookie"].partition(";")[0]


async def log_in(server: RunningServer, password: str) -> str:
    """The cookie of a session."""
    answer = await post_form(server, "/login", {"password": password})
    assert answer.status == 303
    return cookie_of(answer)


async def follow_link(server: RunningServer, camera_id: int) -> str:
    """The cookie of whoever opened a link."""
    return cookie_of(await fetch(server, f"/?token={link(server, camera_id)}"))


@dataclass(frozen=True)
class Guest:
    """What a request shows.

    headers: with underscores for hyphens
    query: parameters of the address
    """

    headers: dict[str, str] = field(default_factory=dict)
    query: str = ""


async def nobody(_: RunningServer) -> Guest:
    return Guest()


async def liar(_: RunningServer) -> Guest:
    return Guest({"Authorization": "Bearer wrong"})


async def old_friend(_: RunningServer) -> Guest:
    """With a cookie of another server, or one that is over."""
    return Guest({"Cookie": "camserve_session=WzEsbnVsbCwieCIsMV0.x; other=1"})


async def viewer_by_basic(_: RunningServer) -> Guest:
    return Guest({"Authorization": basic(PASSWORD)})


async def viewer_by_bearer(_: RunningServer) -> Guest:
    return Guest({"Authorization": f"Bearer {PASSWORD}"})


async def viewer_by_session(server: RunningServer) -> Guest:
    return Guest({"Cookie": await log_in(server, PASSWORD)})


async def linked_by_query(server: RunningServer) -> Guest:
    return Guest(query=f"token={link(server)}")


async def linked_by_bearer(server: RunningServer) -> Guest:
    return Guest({"Authorization": f"Bearer {link(server)}"})


async def linked_by_session(server: RunningServer) -> Guest:
    return Guest({"Cookie": await follow_link(server, 1)})


async def linked_to_another(server: RunningServer) -> Guest:
    return Guest(query=f"token={link(server, 2)}")


async def late_link(server: RunningServer) -> Guest:
    return Guest(query=f"token={link(server, until=1)}")


async def admin_by_bearer(_: RunningServer) -> Guest:
    return Guest({"Authorization": f"Bearer {ADMIN_TOKEN}"})


async def admin_by_basic(_: RunningServer) -> Guest:
    return Guest({"Authorization": basic(ADMIN_TOKEN)})


async def admin_by_session(server: RunningServer) -> Guest:
    return Guest({"Cookie": await log_in(server, ADMIN_TOKEN)})
