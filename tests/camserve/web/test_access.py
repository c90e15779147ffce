"""Every route, for every kind of person, by every way in: who gets through, what others hear."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import pytest
import trio
from quart import Quart

from camserve.web.access import WEBSOCKETS, NoAccessRowError, require_rows
from tests.camserve.web import guests
from tests.camserve.web.conftest import ADMIN_TOKEN
from tests.camserve.web.guests import PASSWORD, Guest, closed_server
from tests.camserve.web.http_viewer import Head, fetch, http_viewer
from tests.raw_websocket import handshake
from tests.serving import RunningServer, jpeg, running_server

FORM = {"Content_Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Row:
    """A route as this test knows it.

    need: open: to all; camera: to who may see camera 1; cameras: to who may see some camera;
        all: to who may see all; admin
    rule: as in the application's map, unless it is the same as the target without its query
    through: the status for who gets through; nothing is to happen, so some ask for nonsense
    """

    method: str
    target: str
    need: str
    rule: str = ""
    through: int = 200

    @property
    def of_map(self) -> tuple[str, str]:
        return self.method, self.rule or self.target.partition("?")[0]


OLD = [
    Row("GET", "/hello", "open"),
    Row("POST", "/update-image", "open", through=400),
    Row("GET", "/list", "cameras"),
    Row("GET", "/mocked-image", "cameras"),
    Row("GET", "/image", "all", through=503),
    Row("GET", "/get-image?cameraId=1", "camera"),
    Row("GET", "/stream-image?cameraId=1", "camera"),
    Row("POST", "/update?cameraId=1", "admin"),
]
ROWS = [
    *OLD,
    *(replace(one, target="/camera" + one.target) for one in OLD),
    Row("GET", "/static/style.css", "open", "/static/<path:filename>"),
    Row("GET", "/healthz", "open"),
    Row("GET", "/readyz", "open"),
    Row("GET", "/metrics", "all"),
    Row("GET", "/status", "admin"),
    Row("GET", "/openapi.json", "all"),
    Row("GET", "/docs", "all"),
    Row("GET", "/login", "open"),
    Row("POST", "/login", "open", through=303),
    Row("POST", "/logout", "open", through=303),
    Row("GET", "/", "cameras"),
    Row("GET", "/?action=stream_1", "camera", "/"),
    Row("GET", "/?action=snapshot_1", "camera", "/"),
    Row("GET", "/cameras", "cameras"),
    Row("GET", "/cameras/1", "camera", "/cameras/<camera_id>"),
    Row("GET", "/cameras/1/snapshot.jpg", "camera", "/cameras/<camera_id>/snapshot.jpg"),
    Row("GET", "/cameras/1/stream.mjpg", "camera", "/cameras/<camera_id>/stream.mjpg"),
    Row("GET", "/cameras/1/events", "camera", "/cameras/<camera_id>/events"),
    Row("POST", "/cameras/1/move", "camera", "/cameras/<camera_id>/move", 415),
    Row("POST", "/cameras", "admin", through=415),
    Row("PATCH", "/cameras/99", "admin", "/cameras/<camera_id>", 415),
    Row("DELETE", "/cameras/99", "admin", "/cameras/<camera_id>", 404),
    Row("POST", "/cameras/99/token", "admin", "/cameras/<camera_id>/token", 404),
    Row("POST", "/cameras/99/share", "admin", "/cameras/<camera_id>/share", 415),
]
SOCKETS = {
    "/video-input-stream": "open",
    "/video-output-stream": "cameras",
    "/camera/video-output-stream": "cameras",
    "/live": "cameras",
}

Arrival = Callable[[RunningServer], Awaitable[Guest]]
#: By need, what each hears while there is a password.
WITH_A_PASSWORD: list[tuple[Arrival, dict[str, int]]] = [
    (guests.nobody, {"camera": 401, "cameras": 401, "all": 401, "admin": 401}),
    (guests.liar, {"camera": 401, "cameras": 401, "all": 401, "admin": 401}),
    (guests.old_friend, {"camera": 401, "cameras": 401, "all": 401, "admin": 401}),
    (guests.late_link, {"camera": 401, "cameras": 401, "all": 401, "admin": 401}),
    (guests.viewer_by_basic, {"admin": 403}),
    (guests.viewer_by_bearer, {"admin": 403}),
    (guests.viewer_by_session, {"admin": 403}),
    (guests.linked_by_query, {"all": 403, "admin": 403}),
    (guests.linked_by_bearer, {"all": 403, "admin": 403}),
    (guests.linked_by_session, {"all": 403, "admin": 403}),
    (guests.linked_to_another, {"camera": 403, "all": 403, "admin": 403}),
    (guests.admin_by_bearer, {}),
    (guests.admin_by_basic, {}),
    (guests.admin_by_session, {}),
]
#: And while there is none.
OPEN: list[tuple[Arrival, dict[str, int]]] = [
    (guests.nobody, {"admin": 403}),
    (guests.liar, {"admin": 401}),
    (guests.old_friend, {"admin": 403}),
    (guests.late_link, {"admin": 401}),
    (guests.linked_to_another, {"admin": 403}),
    (guests.admin_by_bearer, {}),
    (guests.admin_by_session, {}),
]


def name(value: object) -> str | None:
    return getattr(value, "__name__", None)


async def test_every_route_has_a_row_here(apps: list[Quart], server: RunningServer) -> None:
    served = {
        (method, rule.rule)
        for rule in apps[0].url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == {row.of_map for row in ROWS}
    assert set(SOCKETS) == set(WEBSOCKETS)


def test_what_has_no_row_is_not_served() -> None:
    require_rows(["page.index", "prefixed_listing.hello"], ["/live"])
    with pytest.raises(NoAccessRowError, match=r"page\.nowhere has no row"):
        require_rows(["page.index", "page.nowhere"])
    with pytest.raises(NoAccessRowError, match="the WebSocket /nowhere has no row"):
        require_rows([], ["/live", "/nowhere"])


@pytest.mark.parametrize(("arrival", "refused"), WITH_A_PASSWORD, ids=name)
async def test_with_a_password(arrival: Arrival, refused: dict[str, int], tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server:
        await ask_for_everything(server, await arrival(server), refused)


@pytest.mark.parametrize(("arrival", "refused"), OPEN, ids=name)
async def test_without_one(arrival: Arrival, refused: dict[str, int], tmp_path: Path) -> None:
    async with running_server(tmp_path, cameras=2, admin_token=ADMIN_TOKEN) as server:
        await ask_for_everything(server, await arrival(server), refused)


async def ask_for_everything(server: RunningServer, guest: Guest, refused: dict[str, int]) -> None:
    """Check what this guest hears on every route and WebSocket."""
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(jpeg())
        await until_it_is_there(server)
        wrong: list[str] = []
        # Wrong proofs are answered late: each comes from an address of its own, eight at once.
        addresses, places = count(1), trio.CapacityLimiter(8)

        async def check(method: str, target: str, need: str, through: int) -> None:
            expected = refused.get(need, through)
            async with places:
                number = next(addresses)
                address = f"203.0.{number // 250}.{number % 250 + 1}"
                if method == "WS":
                    head = await open_socket(server, target, guest, address)
                else:
                    head = await ask(server, method, target, guest, address)
            if head.status != expected or ("www-authenticate" in head) != (expected == 401):
                wrong.append(f"{method} {target}: {head.status} instead of {expected}")

        async with trio.open_nursery() as nursery:
            for row in ROWS:
                nursery.start_soon(check, row.method, row.target, row.need, row.through)
                if row.method == "GET":
                    nursery.start_soon(check, "HEAD", row.target, row.need, row.through)
                nursery.start_soon(check, "OPTIONS", row.target, "open", 200)
            for path, need in SOCKETS.items():
                nursery.start_soon(check, "WS", path, need, 101)
        assert wrong == []


async def until_it_is_there(server: RunningServer) -> None:
    authorization = f"Bearer {ADMIN_TOKEN}"
    state = ""
    while state != "online":
        answer = await fetch(server, "/cameras/1", Authorization=authorization)
        state = json.loads(answer.body)["state"]


async def ask(server: RunningServer, method: str, target: str, guest: Guest, address: str) -> Head:
    body = b""
    headers = {**guest.headers, "X_Forwarded_For": address}
    if method == "HEAD":
        headers["Connection"] = "close"
    if (method, target) == ("POST", "/login"):
        open_to_all = server.config.viewer_password is None
        body = urlencode({"password": ADMIN_TOKEN if open_to_all else PASSWORD}).encode()
        headers |= FORM
    if method not in {"GET", "HEAD", "OPTIONS"}:
        headers["Content_Length"] = str(len(body))
    async with http_viewer(server) as viewer:
        await viewer.send(with_query(target, guest), method=method, **headers)
        await viewer.stream.send_all(body)
        head = await viewer.read_head()
        if method == "HEAD":
            assert await viewer.read_to_end() == b""
        elif "content-length" in head:
            await viewer.read(int(head["content-length"]))
        return head


async def open_socket(server: RunningServer, path: str, guest: Guest, address: str) -> Head:
    lines = [f"{key.replace('_', '-')}: {value}" for key, value in guest.headers.items()]
    lines.append(f"X-Forwarded-For: {address}")
    request = handshake(with_query(path, guest)).removesuffix(b"\r\n")
    async with http_viewer(server) as viewer:
        await viewer.stream.send_all(request + "\r\n".join([*lines, "", ""]).encode())
        return await viewer.read_head()


def with_query(target: str, guest: Guest) -> str:
    if not guest.query:
        return target
    return target + ("&" if "?" in target else "?") + guest.query
