"""The shapes of the JSON that goes in and out, with the limits that the code checks."""

import unicodedata
from functools import cache

from camserve.registry.camera import (
    DESCRIPTION_CONTROLS,
    MAX_CAMERA_ID,
    MAX_DESCRIPTION_LENGTH,
    MAX_NAME_LENGTH,
    NOT_IN_TEXT,
)
from camserve.relay import State
from camserve.trust import MAX_LINK_SECONDS

from .operation import Json

CAMERA_ID: Json = {"type": "integer", "minimum": 1, "maximum": MAX_CAMERA_ID}
COUNT: Json = {"type": "integer", "minimum": 0}
#: By word.
COUNTS: Json = {"type": "object", "additionalProperties": COUNT}
AMOUNT: Json = {"type": "number", "minimum": 0}
TEXT: Json = {"type": "string"}
SWITCH: Json = {"type": "boolean"}
COORDINATE: Json = {"type": "number", "minimum": -1, "maximum": 1}
TIME: Json = {"type": ["string", "null"], "format": "date-time"}
STATE: Json = {"type": "string", "enum": [state.value for state in State]}
TOKEN: Json = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def object_of(properties: Json, *, required: list[str] | None = None) -> Json:
    """required: names of properties; None: all of them"""
    needed = list(properties) if required is None else required
    described: Json = {"type": "object", "properties": properties}
    return {**described, "required": needed} if needed else described


def or_null(schema: Json) -> Json:
    return {**schema, "type": [schema["type"], "null"]}


@cache
def schemas() -> Json:
    """All that has a name."""
    return {
        "Message": object_of({"message": TEXT}),
        "Camera": object_of(_camera()),
        "CameraDetails": object_of(
            {
                **_camera(),
                "rejected": {**COUNT, "description": "payloads that were no JPEGs"},
                "streams": {"type": "array", "items": _stream()},
            }
        ),
        "NewCamera": object_of(_fields(), required=["name"]),
        "CameraChange": object_of(_fields(), required=[]),
        "AddedCamera": object_of(
            {
                "id": CAMERA_ID,
                "name": _fields()["name"],
                "token": TOKEN,
                "command": {**TEXT, "description": "makes a machine push its camera"},
            }
        ),
        "Token": object_of({"token": TOKEN}),
        "LinkWish": object_of(
            {"seconds": {"type": "number", "minimum": 1, "maximum": MAX_LINK_SECONDS}}
        ),
        "Link": object_of({"url": {"type": "string", "format": "uri"}}),
        "Move": object_of(
            {
                "x": {**COORDINATE, "description": "pitch"},
                "y": {**COORDINATE, "description": "yaw"},
            }
        ),
        "Status": object_of(_status()),
        "ListedCamera": object_of(
            {
                "id": CAMERA_ID,
                "name": TEXT,
                "description": TEXT,
                "lastActive": TIME,
                "preview": {**TEXT, "description": "the latest JPEG in base64, or empty"},
                "state": STATE,
            }
        ),
    }


def _camera() -> Json:
    return {
        "id": CAMERA_ID,
        "name": TEXT,
        "description": TEXT,
        "state": STATE,
        "last_active": TIME,
        "width": {"type": ["integer", "null"], "description": "of the latest frame, pixels"},
        "height": {"type": ["integer", "null"], "description": "of the latest frame, pixels"},
        "fps": {**AMOUNT, "description": "of what arrives, the mean of the last 5 s"},
        "bytes_per_second": {**COUNT, "description": "the same"},
        "viewers": {**COUNT, "description": "how many watch now"},
        "controls": {"type": "array", "items": {"enum": ["move"]}},
    }


def _stream() -> Json:
    kinds = ["mjpeg", "events", "live", "stream-image", "video-output-stream"]
    return object_of(
        {
            "kind": {"enum": kinds},
            "fps": {**or_null(AMOUNT), "description": "what it asked for"},
            "width": {**or_null(COUNT), "description": "what it asked for"},
            "sent": {**COUNT, "description": "pictures that the network has taken"},
            "dropped": {**COUNT, "description": "pictures that newer ones replaced"},
            "age": {**or_null(AMOUNT), "description": "of the last picture when it left, seconds"},
        }
    )


def _status() -> Json:
    camera = object_of(
        {
            "id": CAMERA_ID,
            "name": TEXT,
            "state": STATE,
            "fps": AMOUNT,
            "bytes_per_second": COUNT,
            "last_frame": {**or_null(AMOUNT), "description": "seconds since it came"},
            "viewers": COUNT,
            "viewers_refused": COUNT,
            "age": {**or_null(AMOUNT), "description": "of what viewers get, median, seconds"},
            "frames": COUNT,
            "rejected": COUNTS,
            "delivered": COUNT,
            "dropped": COUNT,
        }
    )
    numbers = ("open", "unauthenticated", "accepted")
    return {
        "version": TEXT,
        "uptime": AMOUNT,
        "not_ready": {"type": "array", "items": TEXT, "description": "why; empty when ready"},
        "memory": or_null(COUNT),
        "loop_lag": AMOUNT,
        "connections": object_of({**dict.fromkeys(numbers, COUNT), "refused": COUNTS}),
        "failed_proofs": COUNT,
        "slowed_proofs": COUNT,
        "publishers_refused": COUNTS,
        "states": COUNTS,
        "cameras": {"type": "array", "items": camera},
    }


def _fields() -> dict[str, Json]:
    """Of a camera, as an admin gives them."""
    bad, bad_in_description = _class(""), _class(DESCRIPTION_CONTROLS)
    return {
        "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_NAME_LENGTH,
            "pattern": rf"^[^{bad}]*[^{bad}\s][^{bad}]*$",
            "description": "no other camera may have it; spaces around it are taken away",
        },
        "description": {
            "type": "string",
            "maxLength": MAX_DESCRIPTION_LENGTH,
            "pattern": f"^[^{bad_in_description}]*$",
        },
        "movable": {**SWITCH, "description": "whether viewers can turn it"},
    }


def _class(allowed: str) -> str:
    """What may not be in text, as it stands between the brackets of a regular expression.

    Lone surrogates are left out: they are no text, and some readers of expressions trip over them.
    """
    refused = [
        number
        for number in range(0x3000)  # there are none above
        if unicodedata.category(chr(number)) in NOT_IN_TEXT - {"Cs"} and chr(number) not in allowed
    ]
    return "".join(rf"\u{number:04x}" for number in refused)
