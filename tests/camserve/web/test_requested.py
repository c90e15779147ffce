"""Ids and parameters as strangers send them: 400 or 404 with a message, never a 500."""

import json

import pytest

from tests.camserve.web.http_viewer import fetch
from tests.serving import RunningServer

#: As they stand in a request line.
NOT_A_NUMBER = [
    "",
    "1_0",
    "%EF%BC%91",
    "%201",
    "1%20",
    "+1",
    "1.0",
    "0x1",
    "1%00",
    "%FF",
    "--1",
    "1e0",
]
NOBODY = ["0", "3", "-1", "99999999999999999999", "2147483648"]
HUGE = "9" * 5000

OLD = ["/get-image", "/camera/get-image", "/stream-image", "/camera/stream-image"]


@pytest.mark.parametrize("route", OLD)
async def test_old_routes_refuse_what_is_no_camera(server: RunningServer, route: str) -> None:
    for text in [*NOT_A_NUMBER, HUGE]:
        answer = await fetch(server, f"{route}?cameraId={text}")
        assert answer.status == 400, text
        assert json.loads(answer.body)["message"].startswith("Invalid cameraId")
    for text in NOBODY:
        answer = await fetch(server, f"{route}?cameraId={text}")
        assert answer.status == 400, text
        assert json.loads(answer.body) == {"message": f"No camera with id {text}"}
    for query in ("", "?", "?camera=1", "?cameraId", "?=1"):
        assert (await fetch(server, route + query)).status == 400, query


@pytest.mark.parametrize("route", ["", "/snapshot.jpg", "/stream.mjpg"])
async def test_new_routes_do_not_know_what_is_no_camera(server: RunningServer, route: str) -> None:
    for text in [*NOT_A_NUMBER[1:], *NOBODY, HUGE]:
        answer = await fetch(server, f"/cameras/{text}{route}")
        assert answer.status == 404, text
        assert answer.head["content-type"] == "application/json"
        assert list(json.loads(answer.body)) == ["message"]


async def test_the_first_of_two_counts(server: RunningServer) -> None:
    answer = await fetch(server, "/get-image?CameraID=7&cameraid=1")
    assert json.loads(answer.body) == {"message": "No camera with id 7"}


@pytest.mark.parametrize("delay", ["-1", "nan", "inf", "ten", "1e99", "86400001"])
async def test_a_delay_is_a_number_of_milliseconds(server: RunningServer, delay: str) -> None:
    answer = await fetch(server, f"/stream-image?cameraId=1&updateDelay={delay}")
    assert answer.status == 400
    assert "updateDelay" in json.loads(answer.body)["message"]
