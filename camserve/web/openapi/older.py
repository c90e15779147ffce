"""The routes of the older server; each is there a second time below `/camera`."""

from camserve.web.event_stream import CONTENT_TYPE as EVENTS

from .operation import Operation, answer, json, ref, shared
from .parameters import OLD_CAMERA, PREVIEW, UPDATE_DELAY
from .schemas import CAMERA_ID, SWITCH, TEXT, object_of
from .watching import STREAM_HEADERS

_PICTURE = answer("The picture.", {"image/jpeg": {}})
_FORM = object_of(
    {
        "cameraId": {**CAMERA_ID, "description": "id of the camera"},
        "token": {**TEXT, "description": "not needed by a camera that takes open uploads"},
        "image": {"contentMediaType": "image/jpeg", "description": "put it last"},
    },
    required=["cameraId", "image"],
)

OLDER = {
    "listing.hello": Operation(
        "older server",
        "A greeting",
        {200: json("The greeting.", object_of({"message": {"const": "Hello World!"}}))},
    ),
    "listing.list_cameras": Operation(
        "older server",
        "All cameras with their latest pictures",
        {200: json("The cameras.", {"type": "array", "items": ref("ListedCamera")})},
        parameters=(PREVIEW,),
    ),
    "images.mocked_image": Operation(
        "older server", "A picture that comes with camserve", {200: _PICTURE}
    ),
    "images.image": Operation(
        "older server",
        "A picture of the server's own camera",
        {200: _PICTURE, 503: shared("NoPicture")},
    ),
    "images.get_image": Operation(
        "older server",
        "The latest picture of a camera",
        {200: _PICTURE, 400: shared("Invalid"), 503: shared("NoPicture")},
        parameters=(OLD_CAMERA,),
    ),
    "old_events.stream_image": Operation(
        "older server",
        "Pictures as server-sent events",
        {
            200: answer("The stream.", {EVENTS: {"type": "string"}}, STREAM_HEADERS),
            400: shared("Invalid"),
            503: shared("NoPicture"),
            505: shared("OnlyHttp1"),
        },
        "Every event is an `image-update` with `data:image/jpg;base64,…`. It does not end by "
        "itself.",
        parameters=(OLD_CAMERA, UPDATE_DELAY),
    ),
    "upload.update_image": Operation(
        "older server",
        "A picture from a camera that opens no WebSocket",
        {
            200: json("Taken.", {"const": 200}),
            400: shared("Invalid"),
            401: shared("Unauthorized"),
            415: json("The image is not a JPEG.", ref("Message")),
            429: json("More pictures per second than a camera may send.", ref("Message")),
            503: json("Too many pictures without a proof before them.", ref("Message")),
        },
        body={"required": True, "content": {"multipart/form-data": {"schema": _FORM}}},
    ),
    "update.update_camera": Operation(
        "older server",
        "Ask a camera to update and restart itself",
        {
            200: json("Whether the message went out.", object_of({"result": SWITCH})),
            400: shared("Invalid"),
        },
        parameters=(OLD_CAMERA,),
    ),
}
