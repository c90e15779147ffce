"""What viewers ask: the cameras, their pictures, a move."""

from camserve.web.event_stream import CONTENT_TYPE as EVENTS
from camserve.web.mjpeg import KIND as MJPEG

from .operation import HTML, Operation, answer, header, json, json_body, ref, shared
from .parameters import ACTION, AFTER, FPS, MAX_AGE, WAIT, WIDTH
from .schemas import COUNT

FRAME_HEADERS = {
    "ETag": header("the sequence number in quotes"),
    "X-Frame-Sequence": header("the sequence number of the frame", COUNT),
    "X-Timestamp": header("when the frame arrived, Unix seconds", {"type": "number"}),
    "X-Frame-Age": header("seconds since then, when this answer was made", {"type": "number"}),
}
STREAM_HEADERS = {
    "Cache-Control": header("nobody may keep it", {"const": "no-store"}),
    "X-Accel-Buffering": header("nor collect it on the way", {"const": "no"}),
}
_STREAM_REFUSALS = {
    400: shared("Invalid"),
    404: shared("UnknownCamera"),
    501: shared("NoScaling"),
    503: shared("NoPicture"),
    505: shared("OnlyHttp1"),
}
_ENDLESS = (
    "It does not end by itself: it begins with the latest frame, sends each newer one when the "
    "viewer is ready for it, and outlives its camera. `HEAD` answers the headers only."
)

WATCHING = {
    "cameras.all_cameras": Operation(
        "cameras",
        "All cameras, by id",
        {200: json("The cameras.", {"type": "array", "items": ref("Camera")})},
    ),
    "cameras.one_camera": Operation(
        "cameras",
        "One camera and who watches it",
        {200: json("The camera.", ref("CameraDetails")), 404: shared("UnknownCamera")},
    ),
    "snapshot.snapshot_jpg": Operation(
        "pictures",
        "One picture, as fresh as asked for",
        {
            200: answer("The picture.", {"image/jpeg": {}}, FRAME_HEADERS),
            304: answer("There is no other picture than that of `If-None-Match`.", None),
            400: shared("Invalid"),
            404: shared("UnknownCamera"),
            501: shared("NoScaling"),
            503: shared("NoPicture"),
            504: json("No picture came in time that is fresh enough.", ref("Message")),
        },
        parameters=(MAX_AGE, AFTER, WAIT, WIDTH),
    ),
    "mjpeg.stream_mjpg": Operation(
        "pictures",
        "Motion JPEG",
        {200: answer("The stream.", {MJPEG.content_type: {}}, STREAM_HEADERS), **_STREAM_REFUSALS},
        _ENDLESS,
        parameters=(FPS, WIDTH),
    ),
    "events.camera_events": Operation(
        "pictures",
        "Pictures and states as server-sent events",
        {
            200: answer("The stream.", {EVENTS: {"type": "string"}}, STREAM_HEADERS),
            **_STREAM_REFUSALS,
        },
        f"{_ENDLESS} Pictures are `image-update` events with `data:image/jpg;base64,…`, whose id "
        "is the sequence number; `status` events are JSON.",
        parameters=(FPS, WIDTH),
    ),
    "move.move_camera": Operation(
        "cameras",
        "Turn a camera that can turn",
        {
            202: json("The camera will be told, unless a newer move comes first.", ref("Move")),
            400: shared("Invalid"),
            404: shared("UnknownCamera"),
            409: json("The camera is offline, or cannot turn.", ref("Message")),
            415: shared("NotJson"),
        },
        body=json_body(ref("Move")),
    ),
    "page.index": Operation(
        "pages",
        "The page with all cameras, or what printers' tools ask for",
        {
            200: answer(
                "The page; for an `action`, what `stream.mjpg` or `snapshot.jpg` answers.",
                {HTML: {"type": "string"}, MJPEG.content_type: {}, "image/jpeg": {}},
            ),
            304: answer("As for `snapshot.jpg`.", None),
            400: shared("Invalid"),
            404: json("There is no such action, or no such camera.", ref("Message")),
            501: shared("NoScaling"),
            503: shared("NoPicture"),
            504: json("As for `snapshot.jpg`.", ref("Message")),
            505: shared("OnlyHttp1"),
        },
        parameters=(ACTION, FPS, MAX_AGE, AFTER, WAIT, WIDTH),
    ),
}
