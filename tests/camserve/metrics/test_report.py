import json
from pathlib import Path

import pytest

from camserve import __version__
from camserve.metrics import report
from camserve.metrics.report import memory
from camserve.relay import Viewer
from tests.camserve.metrics.some_sources import scene


def test_all_that_it_says() -> None:
    found = scene(1, 2)
    frame = found.hub.publish(1, b"12345")
    found.hub.traffic(1).to("mjpeg").took(0.004, 3)
    found.sources.loop_lag.saw(0.25)
    viewers = [Viewer("mjpeg"), Viewer("live"), Viewer("live")]
    viewers[0].got(frame, frame.arrived + 0.5)
    viewers[1].dropped = 4
    with (
        found.hub.watched(1, viewers[0]),
        found.hub.watched(1, viewers[1]),
        found.hub.watched(1, viewers[2]),
    ):
        said = json.loads(json.dumps(report(found.sources)))
    one, two = said.pop("cameras")
    assert 0 <= said.pop("uptime") < 3600
    assert said.pop("memory") > 1e6
    assert said == {
        "version": __version__,
        "not_ready": ["starting"],
        "loop_lag": 0.25,
        "connections": {
            "open": 7,
            "unauthenticated": 2,
            "accepted": 100,
            "refused": {"full": 3, "gave_way": 4, "gave_way_address": 5},
        },
        "failed_proofs": 11,
        "slowed_proofs": 12,
        "publishers_refused": {"invalid_token": 6},
        "states": {"online": 0, "stale": 0, "offline": 2},
    }
    assert one == {
        "id": 1,
        "name": "camera 1",
        "state": "offline",
        "fps": 0.2,
        "bytes_per_second": 1,
        "last_frame": 0.0,
        "viewers": 3,
        "viewers_refused": 0,
        "age": 0.5,
        "frames": 1,
        "rejected": {"not_jpeg": 0, "too_fast": 0},
        "delivered": 3,
        "dropped": 4,
    }
    assert two["last_frame"] is None
    assert two["age"] is None


def test_memory_where_nobody_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "")
    assert memory() is None
