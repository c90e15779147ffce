"""How much strangers can make us hold, and for how long."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
from quart import Quart

from camserve.web import forms
from camserve.web import request as requests
from camserve.web.app import FORM_MARGIN
from camserve.web.request import MAX_UPLOADS, UPLOADS
from camserve.web.site import MAX_BODY_BYTES
from tests.camserve.web.http_viewer import TIMEOUT, HttpViewer, fetch, http_viewer, until
from tests.camserve.web.multipart import CONTENT_TYPE, END, form, part
from tests.serving import RunningServer, jpeg, running_server

MAX_FRAME = 4 * 1024 * 1024


@pytest.fixture
async def server(tmp_path: Path, apps: list[Quart]) -> AsyncIterator[RunningServer]:
    """Its one camera takes pictures without a token."""
    async with running_server(
        tmp_path, cameras=0, open_cameras=1, max_frame_bytes=MAX_FRAME
    ) as running:
        yield running


async def begin(sender: HttpViewer, length: int, target: str = "/update-image") -> None:
    await sender.send(target, method="POST", Content_Type=CONTENT_TYPE, Content_Length=str(length))


async def test_a_body_that_does_not_arrive_ends_after_the_timeout(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "BODY_TIMEOUT", 0.1)
    async with http_viewer(server) as sender:
        await begin(sender, 1000)
        await sender.stream.send_all(part("cameraId", "1"))
        assert (await sender.read_head()).status == 408
        await sender.stream.send_eof()
        assert await sender.read_to_end()


async def test_more_uploads_than_fit_wait_and_succeed(
    server: RunningServer, apps: list[Quart]
) -> None:
    body = form(jpeg(b"x", 2 * MAX_BODY_BYTES), cameraId="1")
    statuses: list[int] = []
    go_on = trio.Event()

    async def upload() -> None:
        async with http_viewer(server) as sender:
            await begin(sender, len(body))
            await sender.stream.send_all(body[:-1])
            await go_on.wait()
            await sender.stream.send_all(body[-1:])
            statuses.append((await sender.read_head()).status)

    limiter: trio.CapacityLimiter = apps[0].extensions[UPLOADS]
    with trio.fail_after(TIMEOUT):
        async with trio.open_nursery() as nursery:
            for _ in range(3 * MAX_UPLOADS):
                nursery.start_soon(upload)
            while limiter.statistics().tasks_waiting < 2 * MAX_UPLOADS:
                await fetch(server, "/healthz")
            assert limiter.borrowed_tokens == MAX_UPLOADS
            go_on.set()
    assert statuses == [200] * 3 * MAX_UPLOADS


async def test_who_waits_is_not_read_from(tmp_path: Path, apps: list[Quart]) -> None:
    # More than the kernel buffers between a sender and a server that does not read: those may grow
    # to some megabytes.
    picture = 64 * 1024 * 1024
    async with (
        running_server(tmp_path, cameras=0, open_cameras=1, max_frame_bytes=picture) as server,
        trio.open_nursery() as nursery,
    ):
        for _ in range(MAX_UPLOADS):
            await nursery.start(_stalled_upload, server)
        async with http_viewer(server) as sender:
            await begin(sender, picture)
            await sender.stream.send_all(part("cameraId", "1") + part("image", "x", "a.jpg")[:-2])
            sent, is_held_back = 0, False
            while sent < picture and not is_held_back:
                with trio.move_on_after(0.5) as sending:
                    sent += await sender.stream.socket.send(bytes(65536))
                is_held_back = sending.cancelled_caught
            assert is_held_back
            assert sent < picture / 2
        nursery.cancel_scope.cancel()


async def _stalled_upload(server: RunningServer, task_status: trio.TaskStatus[None]) -> None:
    async with http_viewer(server) as sender:
        await begin(sender, MAX_FRAME)
        await sender.stream.send_all(part("cameraId", "1"))
        await sender.stream.send_all(part("image", "x" * 2 * MAX_BODY_BYTES, "picture.jpg")[:-2])
        task_status.started()
        await trio.sleep_forever()


async def test_senders_that_leave_make_room(server: RunningServer, apps: list[Quart]) -> None:
    async with trio.open_nursery() as nursery:
        for _ in range(MAX_UPLOADS):
            await nursery.start(_stalled_upload, server)
        nursery.cancel_scope.cancel()
    async with http_viewer(server) as sender:
        body = form(jpeg(), cameraId="1")
        await begin(sender, len(body))
        await sender.stream.send_all(body)
        assert (await sender.read_head()).status == 200


@pytest.mark.parametrize("target", ["/update-image", "http://test/camera/update-image"])
async def test_an_endless_body_is_refused(server: RunningServer, target: str) -> None:
    # In chunks, so that no length warns of it; each part of it is small and skipped.
    async with http_viewer(server) as sender:
        await sender.send(
            target, method="POST", Content_Type=CONTENT_TYPE, Transfer_Encoding="chunked"
        )
        data = part("more", "x" * 100_000, "more")[:-2]
        sent = 0
        with trio.fail_after(TIMEOUT):
            while sent <= 2 * (MAX_FRAME + FORM_MARGIN):
                await sender.stream.send_all(b"%x\r\n%b\r\n" % (len(data), data))
                sent += len(data)
                data = b"x" * 100_000
        assert (await sender.read_head()).status == 413


async def test_an_early_answer_reaches_a_sender_who_is_still_sending(
    server: RunningServer,
) -> None:
    # Unread bytes at a close reset the connection, and the answer is lost on its way.
    body = form(jpeg(b"x", 2 * MAX_FRAME), cameraId="1")
    async with http_viewer(server) as sender:
        await begin(sender, len(body))
        with trio.fail_after(TIMEOUT):
            await sender.stream.send_all(body)
        assert (await sender.read_head()).status == 413
        await sender.read(int(sender.head["content-length"]))
        await sender.stream.send_eof()
        assert await sender.read_to_end() == b""


async def test_a_body_that_nobody_reads_is_thrown_away(server: RunningServer) -> None:
    for target, length in (("/hello", 10), ("/hello", 10 * MAX_BODY_BYTES)):
        async with http_viewer(server) as sender:
            await sender.send(target, Content_Length=str(length))
            await sender.stream.send_all(bytes(length))
            assert (await sender.read_head()).status == 200


async def test_an_upload_that_finds_no_place_is_told_when_to_come_back(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "UPLOAD_WAIT", 0.1)
    async with trio.open_nursery() as nursery:
        for _ in range(MAX_UPLOADS):
            await nursery.start(_stalled_upload, server)
        async with http_viewer(server) as sender:
            await begin(sender, MAX_FRAME)
            large = part("image", "x" * 2 * MAX_BODY_BYTES, "picture.jpg")
            await sender.stream.send_all(large[:-2])
            assert (await sender.read_head()).status == 503
            assert int(sender.head["retry-after"]) > 0
        nursery.cancel_scope.cancel()


async def test_a_proof_before_the_picture_needs_no_place(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, trio.open_nursery() as nursery:
        for _ in range(MAX_UPLOADS):
            await nursery.start(_stalled_upload, server)
        (camera,) = server.cameras
        body = form(jpeg(b"x", 300_000), cameraId="1", token=server.token(camera))
        async with http_viewer(server) as sender:
            await begin(sender, len(body))
            await sender.stream.send_all(body)
            assert (await sender.read_head()).status == 200
        nursery.cancel_scope.cancel()


async def test_a_wrong_token_is_refused_before_the_picture_arrives(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, http_viewer(server) as sender:
        await begin(sender, MAX_FRAME)
        await sender.stream.send_all(part("cameraId", "1") + part("token", "x"))
        await sender.stream.send_all(part("image", "the first bytes of it", "picture.jpg")[:-2])
        assert (await sender.read_head()).status == 401


async def test_a_picture_is_not_parsed_at_the_cost_of_others(server: RunningServer) -> None:
    # 64 KiB of head parameters take Quart's parser 30 ms at once; eight megabytes seconds.
    head = b"--" + CONTENT_TYPE.partition("boundary=")[2].encode() + b"\r\nContent-Disposition: "
    body = head + b";a=b" * 20_000 + b"\r\n\r\nx\r\n" + END
    async with http_viewer(server) as sender:
        await begin(sender, len(body))
        await sender.stream.send_all(body)
        assert (await sender.read_head()).status == 413
    await until(server, lambda camera: camera["state"] == "offline")
