"""The parameters of queries, with the limits that camserve/web/requested.py checks."""

from camserve.web.freshness import DEFAULT_WAIT
from camserve.web.requested import MAX_DELAY, MAX_FPS, MAX_WIDTH, MIN_WIDTH
from camserve.web.snapshot import MAX_WAIT

from .operation import query
from .schemas import AMOUNT, CAMERA_ID, COUNT

FPS = query(
    "fps",
    "most pictures per second, evenly spread; all when not given",
    {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_FPS},
)
WIDTH = query(
    "width",
    "pixels from left to right; the server makes pictures smaller, never larger",
    {"type": "integer", "minimum": MIN_WIDTH, "maximum": MAX_WIDTH},
)
MAX_AGE = query(
    "max_age",
    "seconds; the latest picture if it arrived at most so long ago, else wait for the next one",
    AMOUNT,
)
AFTER = query(
    "after",
    "a sequence number; wait for a picture that has another one",
    COUNT,
)
WAIT = query(
    "wait",
    "longest wait in seconds",
    {"type": "number", "minimum": 0, "maximum": MAX_WAIT, "default": DEFAULT_WAIT},
)
OLD_CAMERA = query("cameraId", "id of the camera", CAMERA_ID, required=True)
UPDATE_DELAY = query(
    "updateDelay",
    "least milliseconds between two events",
    {"type": "number", "minimum": 0, "maximum": MAX_DELAY, "default": 0},
)
PREVIEW = query("preview", "`0` leaves the previews empty, which saves a lot", {"type": "string"})
ACTION = query(
    "action",
    "`stream` or `snapshot` (of the camera with the lowest id), `stream_N` or `snapshot_N` (of "
    "camera N); the page when not given",
    {"type": "string"},
)
CODE = query("code", "of a one-time link that logs an admin in", {"type": "string"})
NEXT = query("next", "where to go afterwards, an address below this server's", {"type": "string"})
ENDED = query("ended", "say that the session has ended", {"type": "string"})
