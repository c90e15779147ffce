import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.camserve.web.http_viewer import Answer, described, fetch, http_viewer, until
from tests.camserve.web.multipart import CONTENT_TYPE, END, form, part
from tests.serving import RunningServer, jpeg, running_server

MAX_FRAME = 100_000


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """Camera 1 wants its token, camera 2 does not."""
    async with running_server(
        tmp_path, open_cameras=1, max_frame_bytes=MAX_FRAME, stale_after=0.4
    ) as running:
        yield running


async def post(
    server: RunningServer,
    body: bytes,
    content_type: str = CONTENT_TYPE,
    target: str = "/update-image",
) -> Answer:
    async with http_viewer(server) as sender:
        length = str(len(body))
        await sender.send(target, method="POST", Content_Type=content_type, Content_Length=length)
        await sender.stream.send_all(body)
        head = await sender.read_head()
        return Answer(head, await sender.read(int(head["content-length"])))


def assert_refused(answer: Answer, status: int, message: str | None = None) -> None:
    assert answer.status == status
    assert answer.head["content-type"] == "application/json"
    given = json.loads(answer.body)
    assert list(given) == ["message"]
    assert message is None or given["message"] == message


@pytest.mark.parametrize("target", ["/update-image", "/camera/update-image"])
async def test_a_picture_is_taken_and_shown(server: RunningServer, target: str) -> None:
    token = server.token(server.cameras[0])
    for picture in (jpeg(b"\r\n\x00one"), jpeg(b"two", MAX_FRAME)):
        answer = await post(server, form(picture, cameraId="1", token=token), target=target)
        assert (answer.status, answer.body) == (200, b"200")
        assert (await fetch(server, "/get-image?cameraId=1")).body == picture
    # The picture first, names in another case, more than was asked for.
    body = part("IMAGE", jpeg(b"3"), "x") + part("TOKEN", token) + part("cameraid", " 1 ")
    assert (await post(server, body + part("more", "x") + END, target=target)).status == 200
    assert (await fetch(server, "/get-image?cameraId=1")).body == jpeg(b"3")


async def test_padding_is_cut(server: RunningServer) -> None:
    await post(server, form(jpeg(b"x") + b"\r\n", cameraId="2"))
    assert (await fetch(server, "/get-image?cameraId=2")).body == jpeg(b"x")


async def test_it_is_online_for_stale_after(server: RunningServer) -> None:
    await post(server, form(jpeg(), cameraId="2"))
    assert (await described(server, 2))["state"] == "online"
    await until(server, lambda camera: camera["state"] == "offline", 2)


@pytest.mark.parametrize("text", ["", "x", "1_0", "\uff11", "1.0", "9" * 4000, None])
async def test_no_id(server: RunningServer, text: str | None) -> None:
    fields = {} if text is None else {"cameraId": text}
    assert_refused(await post(server, form(jpeg(), **fields)), 400, "Invalid id in FormData")


@pytest.mark.parametrize("text", ["3", "0", "-1", "99999999999999999999"])
async def test_no_such_camera(server: RunningServer, text: str) -> None:
    answer = await post(server, form(jpeg(), cameraId=text, token="x"))
    assert_refused(answer, 400, f"No camera with id {text}")


async def test_a_wrong_token(server: RunningServer) -> None:
    other = server.token(server.cameras[1])
    for fields in ({"token": ""}, {"token": "wrong"}, {"token": other}, {"token": "\x00é"}):
        answer = await post(server, form(jpeg(), cameraId="1", **fields))
        assert_refused(answer, 401, "Invalid token")
        assert "www-authenticate" in answer.head
    assert (await described(server))["last_active"] is None


async def test_no_token(server: RunningServer) -> None:
    answer = await post(server, form(jpeg(), cameraId="1"))
    assert_refused(answer, 400, "Missing token in FormData")


async def test_an_open_camera_needs_no_token_but_no_wrong_one_either(
    server: RunningServer,
) -> None:
    assert (await post(server, form(jpeg(b"a"), cameraId="2"))).status == 200
    assert (await post(server, form(jpeg(b"b"), cameraId="2", token=""))).status == 200
    token = server.token(server.cameras[1])
    assert (await post(server, form(jpeg(b"c"), cameraId="2", token=token))).status == 200
    assert_refused(await post(server, form(jpeg(b"d"), cameraId="2", token="x")), 401)
    assert (await fetch(server, "/get-image?cameraId=2")).body == jpeg(b"c")


async def test_no_image(server: RunningServer) -> None:
    token = server.token(server.cameras[0])
    assert_refused(await post(server, form(cameraId="1", token=token)), 400)


@pytest.mark.parametrize("picture", [b"", b"GIF89a", jpeg()[:-1], b"x" + jpeg()])
async def test_an_image_that_is_no_jpeg(server: RunningServer, picture: bytes) -> None:
    assert_refused(await post(server, form(picture, cameraId="2")), 415)


async def test_an_image_that_is_too_large(server: RunningServer) -> None:
    answer = await post(server, form(jpeg(b"x", MAX_FRAME + 1), cameraId="2"))
    assert_refused(answer, 413)
    assert answer.head["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (form(jpeg(), cameraId="2"), "multipart/form-data"),
        (form(jpeg(), cameraId="2"), "multipart/form-data; boundary=other"),
        (form(jpeg(), cameraId="2"), "multipart/form-data; boundary=" + "x" * 300),
        (form(jpeg(), cameraId="2"), "multipart/form-data; boundary=é"),
        (form(jpeg(), cameraId="2"), "image/jpeg"),
        (b"cameraId=2&image=x", "application/x-www-form-urlencoded"),
        (b'{"cameraId": 2}', "application/json"),
        (b"\x00" * 1000, CONTENT_TYPE),
        (b"", CONTENT_TYPE),
        (b"", ";;=;"),
        (b"--" * 1000, CONTENT_TYPE),
    ],
)
async def test_garbage(server: RunningServer, body: bytes, content_type: str) -> None:
    assert_refused(await post(server, body, content_type), 400, "Invalid id in FormData")
    assert (await described(server, 2))["last_active"] is None


async def test_nothing_is_written_to_a_disk(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **settings: object) -> None:
        raise AssertionError("a temporary file")

    for name in ("TemporaryFile", "SpooledTemporaryFile", "NamedTemporaryFile", "mkstemp"):
        monkeypatch.setattr(f"tempfile.{name}", refuse)
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse)
    assert (await post(server, form(jpeg(b"x", MAX_FRAME), cameraId="2"))).status == 200
