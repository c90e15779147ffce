"""How the server takes leave of a publisher."""

from dataclasses import dataclass

from camserve.relay import Ending


@dataclass(frozen=True, slots=True)
class Close:
    """A close frame to send. code: RFC 6455, section 7.4; reason: at most 123 bytes.

    word: what it is counted as, one of REASONS
    """

    code: int
    reason: str
    word: str = "protocol"


INVALID_TOKEN = Close(1008, "Invalid token", "invalid_token")
LATE = Close(1008, "No valid token in time", "late")
REPLACED = Close(1008, "Replaced by a new connection", "replaced")
SILENT = Close(1008, "No frame and no answer to pings", "silent")
STOPPING = Close(1001, "The server is stopping", "stopping")
TEXT = Close(1003, "Only binary messages are understood")
UNKNOWN = "unknown_camera"

REASONS = (
    UNKNOWN,
    "protocol",
    *(one.word for one in (INVALID_TOKEN, LATE, REPLACED, SILENT, STOPPING)),
)


def unknown_camera(camera_id: int) -> Close:
    return Close(1008, f"No camera with id {camera_id} exists", UNKNOWN)


def close_for(ending: Ending, camera_id: int) -> Close:
    """What a publisher is told that the server ends."""
    return {
        Ending.REPLACED: REPLACED,
        Ending.REMOVED: unknown_camera(camera_id),
        Ending.ROTATED: INVALID_TOKEN,
        Ending.STOPPING: STOPPING,
    }[ending]
