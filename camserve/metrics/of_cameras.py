"""The metrics of each registered camera. One that is removed takes its numbers along."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from camserve.registry import Camera, Catalogue
from camserve.relay import Delivered, Hub, State, Traffic

from .families import Family, HistogramFamily, HistogramSample, Sample

_CAMERA = ("camera",)
_KIND = ("camera", "kind")


def families(hub: Hub, catalogue: Catalogue) -> list[Family | HistogramFamily]:
    """What is known of the cameras, each with its id as a label.

    kind: how somebody watches, e.g. `mjpeg`; names come from the code, never from outside
    """
    of = _Cameras(hub, catalogue)
    return [
        Family(
            "camserve_camera_info", "The camera's name; always 1.", ("camera", "name"), of.names
        ),
        Family(
            "camserve_camera_online",
            "Whether the camera is connected and sends frames.",
            _CAMERA,
            of.each(lambda camera: hub.state(camera.id) is State.ONLINE),
        ),
        Family(
            "camserve_publisher_connected",
            "Whether the camera has a connection.",
            _CAMERA,
            of.each(lambda camera: hub.publisher(camera.id) is not None),
        ),
        Family(
            "camserve_last_frame_timestamp_seconds",
            "When the camera's latest frame arrived, Unix time.",
            _CAMERA,
            of.last_frames,
        ),
        Family(
            "camserve_frames_received",
            "Frames of the camera that were taken.",
            _CAMERA,
            of.traffic(lambda traffic: traffic.frames),
            rises=True,
        ),
        Family(
            "camserve_received_bytes",
            "Their bytes.",
            _CAMERA,
            of.traffic(lambda traffic: traffic.bytes),
            rises=True,
        ),
        Family(
            "camserve_frames_rejected",
            "Frames of the camera that were not taken, by reason.",
            ("camera", "reason"),
            of.rejected,
            rises=True,
        ),
        Family(
            "camserve_viewers_refused",
            "Viewers that were not let in, since the camera had as many as it may have.",
            _CAMERA,
            of.traffic(lambda traffic: traffic.refused),
            rises=True,
        ),
        Family("camserve_viewers", "Who watches the camera now, by kind.", _KIND, of.viewers),
        Family(
            "camserve_frames_delivered",
            "Frames that viewers got: each frame and viewer counts once.",
            _KIND,
            of.delivered(lambda delivered: delivered.frames),
            rises=True,
        ),
        Family(
            "camserve_delivered_bytes",
            "Bytes of frames for viewers as they were sent, repeats included.",
            _KIND,
            of.delivered(lambda delivered: delivered.bytes),
            rises=True,
        ),
        Family(
            "camserve_frames_dropped",
            "Frames that viewers did not get, since a newer one came before they were ready.",
            _KIND,
            of.dropped,
            rises=True,
        ),
        HistogramFamily(
            "camserve_frame_age_seconds",
            "How old frames were when the network had taken them.",
            _KIND,
            of.ages,
        ),
    ]


class _Cameras:
    """Reads one number after the other. A camera may go in between: then it is not found."""

    def __init__(self, hub: Hub, catalogue: Catalogue) -> None:
        self._hub = hub
        self._catalogue = catalogue

    def _all(self) -> Iterator[tuple[str, Camera]]:
        for camera in self._catalogue.cameras():
            # Somebody else may have had a turn since the last one.
            if self._catalogue.get(camera.id) is not None:
                yield str(camera.id), camera

    def names(self) -> Iterator[Sample]:
        return (((name, camera.name), 1) for name, camera in self._all())

    def each(self, value: Callable[[Camera], float]) -> Callable[[], Iterator[Sample]]:
        return lambda: (((name,), value(camera)) for name, camera in self._all())

    def traffic(self, value: Callable[[Traffic], float]) -> Callable[[], Iterator[Sample]]:
        return self.each(lambda camera: value(self._hub.traffic(camera.id)))

    def last_frames(self) -> Iterator[Sample]:
        for name, camera in self._all():
            frame = self._hub.latest(camera.id)
            if frame is not None:
                yield (name,), frame.arrived_at

    def rejected(self) -> Iterator[Sample]:
        for name, camera in self._all():
            yield from _by_word(name, rejections(self._hub.traffic(camera.id)))

    def viewers(self) -> Iterator[Sample]:
        for name, camera in self._all():
            # The kinds that there were stay, at 0: a line in a graph should come down, not end.
            kinds = Counter(dict.fromkeys(self._hub.traffic(camera.id).delivered, 0))
            kinds.update(viewer.kind for viewer in self._hub.viewers(camera.id))
            yield from _by_word(name, kinds)

    def dropped(self) -> Iterator[Sample]:
        for name, camera in self._all():
            traffic = self._hub.traffic(camera.id)
            yield from _by_word(name, traffic.dropped(self._hub.viewers(camera.id)))

    def delivered(self, value: Callable[[Delivered], float]) -> Callable[[], Iterator[Sample]]:
        return lambda: ((labels, value(one)) for labels, one in self._by_kind())

    def ages(self) -> Iterator[HistogramSample]:
        return ((labels, one.ages) for labels, one in self._by_kind())

    def _by_kind(self) -> Iterator[tuple[tuple[str, str], Delivered]]:
        for name, camera in self._all():
            for kind, one in tuple(self._hub.traffic(camera.id).delivered.items()):
                yield (name, kind), one


def rejections(traffic: Traffic) -> Mapping[str, int]:
    """Frames that were not taken, by reason."""
    return {"not_jpeg": traffic.rejected, "too_fast": traffic.excess}


def _by_word(camera: str, counts: Mapping[str, int]) -> Iterator[Sample]:
    return (((camera, word), count) for word, count in tuple(counts.items()))
