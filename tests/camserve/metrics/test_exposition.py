"""The text that Prometheus reads: right numbers, bounded labels, and nobody waits for it."""

import re
import string

import pytest
import trio
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics

from camserve.metrics import exposition
from camserve.metrics.families import PIECE
from camserve.relay import Publisher, Viewer
from tests.camserve.metrics.some_sources import Scene, repeated, scene

ACCEPTED = {
    "": "text/plain; version=0.0.4",
    "*/*": "text/plain; version=0.0.4",
    "application/openmetrics-text;version=1.0.0,text/plain;q=0.5": "application/openmetrics-text",
}


def busy(cameras: int) -> Scene:
    found = scene(*range(1, cameras + 1))
    for one in range(1, cameras + 1):
        found.hub.publish(one, b"12345")
        found.hub.traffic(one).to("mjpeg").took(0.004, 30)
        found.hub.traffic(one).to("mjpeg").bytes += 150
    return found


async def test_numbers_of_a_camera() -> None:
    found = busy(2)
    viewer = Viewer("live")
    viewer.dropped = 9
    found.hub.reject(2)
    with found.hub.watched(2, viewer), found.hub.connected(2, Publisher()):
        samples = await found.samples()
    assert samples["camserve_camera_info", ("2", "camera 2")] == 1
    assert samples["camserve_camera_online", ("2",)] == 1
    assert samples["camserve_camera_online", ("1",)] == 0
    assert samples["camserve_publisher_connected", ("2",)] == 1
    assert samples["camserve_frames_received_total", ("2",)] == 1
    assert samples["camserve_received_bytes_total", ("2",)] == 5
    assert samples["camserve_frames_rejected_total", ("2", "not_jpeg")] == 1
    assert samples["camserve_frames_rejected_total", ("2", "too_fast")] == 0
    assert samples["camserve_viewers", ("2", "live")] == 1
    assert samples["camserve_viewers", ("2", "mjpeg")] == 0
    assert samples["camserve_frames_delivered_total", ("2", "mjpeg")] == 30
    assert samples["camserve_delivered_bytes_total", ("2", "mjpeg")] == 150
    assert samples["camserve_frames_dropped_total", ("2", "live")] == 9
    assert samples["camserve_frame_age_seconds_bucket", ("2", "mjpeg", "0.005")] == 30
    assert samples["camserve_frame_age_seconds_bucket", ("2", "mjpeg", "+Inf")] == 30
    assert samples["camserve_frame_age_seconds_sum", ("2", "mjpeg")] == pytest.approx(0.12)
    assert samples["camserve_last_frame_timestamp_seconds", ("2",)] > 1e9


async def test_numbers_of_the_server() -> None:
    found = scene(1)
    found.sources.loop_lag.saw(0.02)
    found.sources.readiness.started()
    samples = await found.samples()
    assert samples["camserve_ready", ()] == 1
    assert samples["camserve_cameras", ("offline",)] == 1
    assert samples["camserve_connections", ()] == 7
    assert samples["camserve_unauthenticated_connections", ()] == 2
    assert samples["camserve_connections_accepted_total", ()] == 100
    assert samples["camserve_connections_refused_total", ("gave_way",)] == 4
    assert samples["camserve_failed_proofs_total", ()] == 11
    assert samples["camserve_slowed_proofs_total", ()] == 12
    assert samples["camserve_publishers_refused_total", ("invalid_token",)] == 6
    assert samples["camserve_publishers_ended_total", ("left",)] == 8
    assert samples["camserve_http_answers_total", ("404",)] == 1
    assert samples["camserve_loop_lag_seconds_bucket", ("0.01",)] == 0
    assert samples["camserve_loop_lag_seconds_bucket", ("0.025",)] == 1
    assert samples["process_resident_memory_bytes", ()] > 1e6


@pytest.mark.parametrize(("accept", "content_type"), ACCEPTED.items())
async def test_a_long_text_is_one_text(accept: str, content_type: str) -> None:
    found = busy(PIECE + 1)
    written, said = await exposition(found.sources, accept)
    text = written.decode()
    assert said.startswith(content_type)
    assert list(repeated(text)) == []
    assert text.count('camserve_frames_received_total{camera="') == PIECE + 1
    names = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
    assert len(names) == len(set(names))
    if "openmetrics" in content_type:
        # The parser refuses what is not in order.
        assert len(list(open_metrics(text))) > 20  # type: ignore[no-untyped-call]


async def test_a_removed_camera_vanishes_and_the_others_stay() -> None:
    found = busy(2)
    before = await found.samples()
    del found.cameras.by_id[1]
    found.hub.remove(1)
    after = await found.samples()
    assert not [labels for _, labels in after if labels[:1] == ("1",)]
    for key, value in before.items():
        if key[0].endswith(("_total", "_bucket", "_count")) and key[1][:1] == ("2",):
            assert after[key] >= value


async def test_a_camera_that_goes_while_the_text_is_made() -> None:
    found = busy(3 * PIECE)
    async with trio.open_nursery() as nursery:

        async def remove() -> None:
            await trio.lowlevel.checkpoint()
            found.cameras.by_id.clear()

        nursery.start_soon(remove)
        text, _ = await exposition(found.sources, "")
    assert text.count(b"camserve_frames_received_total{") < 3 * PIECE


async def test_others_have_their_turn() -> None:
    """However many cameras there are, nobody waits for more than about PIECE samples."""
    found, turns = busy(1000), 0
    async with trio.open_nursery() as nursery:

        async def count() -> None:
            nonlocal turns
            while True:
                await trio.lowlevel.checkpoint()
                turns += 1

        nursery.start_soon(count)
        text, _ = await exposition(found.sources, "")
        nursery.cancel_scope.cancel()
    samples = sum(not line.startswith("#") for line in text.decode().splitlines())
    assert samples > 20_000
    assert turns > samples / (PIECE + 20)


async def test_nothing_from_outside_becomes_a_label_but_a_cameras_name() -> None:
    found = busy(1)
    plain = string.ascii_lowercase + string.digits + "_-.+"
    text, _ = await exposition(found.sources, "")
    for name, value in re.findall(r'(\w+)="([^"]*)"', text.decode()):
        if name not in {"name", "version", "implementation", "le"}:
            assert not set(value) - set(plain), (name, value)


async def test_a_name_is_escaped() -> None:
    found = scene(1)
    camera = found.cameras.by_id[1]
    object.__setattr__(camera, "name", 'a"b\\c\nd')
    samples = await found.samples()
    assert samples["camserve_camera_info", ("1", 'a"b\\c\nd')] == 1
