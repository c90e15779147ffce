"""What `camserve status` shows: the state of everything in one JSON object."""

import os
import time
from pathlib import Path
from statistics import median

from camserve import __version__
from camserve.registry import Camera
from camserve.relay import Hub

from .of_cameras import rejections
from .of_server import camera_states, refused_connections
from .sources import Sources


def report(sources: Sources) -> dict[str, object]:
    """The server and its cameras now. Times are seconds, sizes bytes; counts since the start."""
    connections, proofs = sources.connections, sources.proofs
    return {
        "version": __version__,
        "uptime": round(time.monotonic() - sources.began, 1),
        "not_ready": sources.readiness.reasons(),
        "memory": memory(),
        "loop_lag": round(sources.loop_lag.worst, 4),
        "connections": {
            "open": connections.connections,
            "unauthenticated": connections.unauthenticated,
            "accepted": connections.admitted,
            "refused": refused_connections(sources),
        },
        "failed_proofs": proofs.failures,
        "slowed_proofs": proofs.slowed,
        "publishers_refused": dict(sources.publishers_refused),
        "states": camera_states(sources),
        "cameras": [_camera(sources.hub, camera) for camera in sources.catalogue.cameras()],
    }


def _camera(hub: Hub, camera: Camera) -> dict[str, object]:
    frame, rate, traffic = hub.latest(camera.id), hub.rate(camera.id), hub.traffic(camera.id)
    viewers = hub.viewers(camera.id)
    ages = [viewer.age for viewer in viewers if viewer.age is not None]
    return {
        "id": camera.id,
        "name": camera.name,
        "state": hub.state(camera.id).value,
        "fps": round(rate.fps, 2),
        "bytes_per_second": round(rate.bytes_per_second),
        "last_frame": None if frame is None else round(hub.age(frame), 3),
        "viewers": len(viewers),
        "viewers_refused": traffic.refused,
        "age": round(median(ages), 4) if ages else None,
        "frames": traffic.frames,
        "rejected": rejections(traffic),
        "delivered": sum(one.frames for one in traffic.delivered.values()),
        "dropped": sum(traffic.dropped(viewers).values()),
    }


def memory() -> int | None:
    """Bytes of main memory that this process holds (resident set); None where nobody says so."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
