"""The WebSockets, for which OpenAPI has no words: they stand under `x-websockets`."""

from camserve.web.access import WEBSOCKETS
from camserve.web.live import SUBPROTOCOL
from camserve.wire import SUBPROTOCOL as PUBLISHER_SUBPROTOCOL

from .operation import Json

_DETAILS: dict[str, Json] = {
    "/live": {
        "summary": "Any number of cameras, with acknowledgements, so that no picture is ever old",
        "subprotocols": [SUBPROTOCOL],
        "description": "Text messages are JSON: `watch`, `unwatch`, `ack` and `move` from the "
        "viewer, `status` and `error` to it. A picture is a binary message: uint32 camera, uint64 "
        "sequence number, uint64 Unix microseconds, little-endian, then the JPEG. For pages of "
        "this server, and for programs.",
    },
    "/video-output-stream": {
        "summary": "The pictures of one camera, as the older server sent them",
        "subprotocols": [],
        "description": "The viewer sends an int32 (little-endian) with the length of a JSON "
        "object, and the object: `token` and `cameraId`. Then each binary message is a JPEG.",
    },
    "/video-input-stream": {
        "summary": "Cameras come in, where only this port can be opened",
        "subprotocols": [PUBLISHER_SUBPROTOCOL],
        "description": "The same protocol as on the ingest port: one byte stream of id, token and "
        "frames.",
    },
}
_SAME_AS = {"/camera/video-output-stream": "/video-output-stream"}


def sockets() -> list[Json]:
    """One entry for each WebSocket that this port has."""
    return [
        {
            "path": path,
            "role": WEBSOCKETS[path].role.name.lower(),
            **_DETAILS[_SAME_AS.get(path, path)],
        }
        for path in WEBSOCKETS
    ]
