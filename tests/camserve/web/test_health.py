"""How the server is doing: `/healthz`, `/readyz`, `/metrics` and `/status`, with true numbers."""

import json
import logging
from pathlib import Path

import pytest
import trio
from prometheus_client.parser import text_string_to_metric_families

from camserve.logs import FACTS
from camserve.net import life
from camserve.registry import DatabaseError
from tests.camserve.web.conftest import ADMIN_TOKEN
from tests.camserve.web.http_viewer import fetch, http_viewer, until
from tests.camserve.web.live_viewer import live_viewer
from tests.camserve.web.online_camera import online
from tests.serving import RunningServer, jpeg, running_server

Samples = dict[tuple[str, tuple[str, ...]], float]
ADMIN = {"Authorization": f"Bearer {ADMIN_TOKEN}"}


async def samples(server: RunningServer) -> Samples:
    """By name and values of the labels."""
    answer = await fetch(server, "/metrics")
    assert answer.status == 200
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


async def test_the_server_is_alive(server: RunningServer) -> None:
    answer = await fetch(server, "/healthz")
    assert answer.status == 200
    assert json.loads(answer.body) == {"status": "ok"}


async def test_the_server_is_ready(server: RunningServer) -> None:
    answer = await fetch(server, "/readyz")
    assert answer.status == 200
    assert json.loads(answer.body) == {"status": "ready"}


async def test_a_database_that_fails(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise DatabaseError("the disk is gone")

    with monkeypatch.context() as broken:
        broken.setattr("camserve.registry.Registry.revision", fail)
        with trio.fail_after(10):
            while (answer := await fetch(server, "/readyz")).status == 200:
                pass
    assert answer.status == 503
    assert json.loads(answer.body) == {
        "status": "not ready",
        "reasons": ["the database does not answer"],
    }
    assert (await fetch(server, "/healthz")).status == 200
    with trio.fail_after(10):
        while (await fetch(server, "/readyz")).status == 503:
            pass


async def test_metrics_in_the_form_that_is_asked_for(server: RunningServer) -> None:
    plain = await fetch(server, "/metrics")
    assert plain.head["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    newer = await fetch(server, "/metrics", Accept="application/openmetrics-text;version=1.0.0")
    assert newer.head["content-type"].startswith("application/openmetrics-text")
    assert newer.body.endswith(b"# EOF\n")


async def test_what_cameras_and_viewers_did(server: RunningServer, no_repeats: None) -> None:
    picture = jpeg(b"one")
    async with online(server, picture) as publisher, http_viewer(server) as viewer:
        await viewer.ask("/cameras/1/stream.mjpg")
        assert await viewer.picture() == picture
        await publisher.send(b"no picture")
        await publisher.send(jpeg(b"two"))
        assert await viewer.picture() == jpeg(b"two")
        await fetch(server, "/get-image?cameraId=1")
        await fetch(server, "/cameras/1/snapshot.jpg")
        await fetch(server, "/list")
        found = await samples(server)
    assert found["camserve_frames_received_total", ("1",)] == 2
    assert found["camserve_received_bytes_total", ("1",)] == 2 * len(picture)
    assert found["camserve_frames_rejected_total", ("1", "not_jpeg")] == 1
    assert found["camserve_publisher_connected", ("1",)] == 1
    assert found["camserve_viewers", ("1", "mjpeg")] == 1
    for kind, frames in (("mjpeg", 2), ("get-image", 1), ("snapshot", 1), ("list", 1)):
        assert found["camserve_frames_delivered_total", ("1", kind)] == frames
        assert found["camserve_frame_age_seconds_count", ("1", kind)] == frames
    assert found["camserve_frame_age_seconds_bucket", ("1", "mjpeg", "10.0")] == 2
    assert found["camserve_delivered_bytes_total", ("1", "get-image")] == len(picture)
    assert found["camserve_delivered_bytes_total", ("1", "mjpeg")] > 2 * len(picture)
    assert found["camserve_http_answers_total", ("200",)] > 3
    assert found["camserve_connections", ()] >= 3
    assert found["camserve_cameras", ("online",)] == 1


async def test_counts_stay_when_viewers_leave_and_go_when_the_camera_does(
    server: RunningServer, no_repeats: None
) -> None:
    async with online(server, jpeg(b"one")), online(server, jpeg(b"one"), 2):
        for camera in (1, 2):
            async with http_viewer(server) as viewer:
                await viewer.ask(f"/cameras/{camera}/stream.mjpg")
                await viewer.picture()
        await until(server, lambda camera: camera["viewers"] == 0)
        before = await samples(server)
        assert before["camserve_frames_delivered_total", ("1", "mjpeg")] == 1
        server.registry.remove(1)
        with trio.fail_after(10):
            while ("camserve_camera_online", ("1",)) in (after := await samples(server)):
                pass
    assert not [key for key in after if key[1][:1] == ("1",)]
    rising = [key for key in after if key[0].endswith(("_total", "_count", "_bucket"))]
    assert len(rising) > 30
    assert not [key for key in rising if after[key] < before.get(key, 0)]


async def test_publishers_that_are_not_let_in(server: RunningServer) -> None:
    camera = server.cameras[0]
    async with server.publisher(camera, token="0" * 64) as stranger:
        await stranger.closed()
    async with server.publisher(camera) as publisher:
        await publisher.send(jpeg())
        async with server.publisher(camera) as newer:
            await newer.send(jpeg())
            await publisher.closed()
    found = await samples(server)
    assert found["camserve_publishers_refused_total", ("invalid_token",)] == 1
    assert found["camserve_publishers_refused_total", ("unknown_camera",)] == 0
    assert found["camserve_publishers_ended_total", ("replaced",)] == 1


async def test_wrong_proofs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running_server(
        tmp_path, viewer_password="sesame", admin_token=ADMIN_TOKEN
    ) as server:
        assert (await fetch(server, "/metrics")).status == 401
        assert (await fetch(server, "/cameras", Authorization="Bearer wrong")).status == 401
        answer = await fetch(server, "/metrics", Authorization="Bearer sesame")
    assert "127.0.0.1 showed a wrong password, token or link" in caplog.messages
    assert b"camserve_failed_proofs_total 1.0\n" in answer.body
    assert b'camserve_http_answers_total{status="401"} 2.0\n' in answer.body


async def test_the_status_is_for_admins(server: RunningServer) -> None:
    assert (await fetch(server, "/status")).status == 403
    answer = await fetch(server, "/status", **ADMIN)
    assert [one["name"] for one in json.loads(answer.body)["cameras"]] == ["camera 1", "camera 2"]


async def test_the_line_of_each_connection(
    server: RunningServer, no_repeats: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger=life.__name__)
    async with online(server, jpeg(b"one")) as publisher:
        async with http_viewer(server) as viewer:
            await viewer.ask("/cameras/1/stream.mjpg")
            await viewer.picture()
            await publisher.send(jpeg(b"two"))
            await viewer.picture()
        async with http_viewer(server) as viewer:
            await viewer.ask("/cameras/1/stream.mjpg", version="1.0")
            await viewer.read_until(b"two")
        async with live_viewer(server) as wall:
            await wall.watch(1)
            await wall.frame()
        await until(server, lambda camera: camera["viewers"] == 0)
    server.stop.set()
    await server.ended.wait()
    facts = [record.__dict__[FACTS] for record in caplog.records if hasattr(record, FACTS)]
    seen = [
        (one["role"], one["kinds"], one["cameras"], one["frames"], one["ending"])
        for one in facts
        if one["kinds"]
    ]
    assert sorted(seen) == [
        ("publisher", ["ingest"], [1], 2, life.LEFT),
        ("viewer", ["live"], [1], 1, life.LEFT),
        ("viewer", ["mjpeg"], [1], 1, life.LEFT),
        ("viewer", ["mjpeg"], [1], 2, life.LEFT),
    ]
    infos = [record for record in caplog.records if record.name == life.__name__]
    assert {record.levelname for record in infos if record.__dict__[FACTS]["kinds"]} == {"INFO"}
    assert {record.levelname for record in infos if not record.__dict__[FACTS]["kinds"]} == {
        "DEBUG"
    }
