"""What admins ask."""

from .operation import Operation, answer, header, json, json_body, ref, shared

_CHANGE_REFUSALS = {
    400: shared("Invalid"),
    409: json("Another camera has this name.", ref("Message")),
    415: shared("NotJson"),
    503: shared("NoDatabase"),
}

ADMINISTERING = {
    "administration.add_camera": Operation(
        "administration",
        "Add a camera",
        {
            201: json(
                "The camera, which may connect from now on.",
                ref("AddedCamera"),
                {"Location": header("of the camera, relative to this route")},
            ),
            **_CHANGE_REFUSALS,
        },
        body=json_body(ref("NewCamera")),
    ),
    "administration.change_camera": Operation(
        "administration",
        "Change a camera: what is not given stays as it is",
        {
            200: json("The camera as it is now.", ref("CameraDetails")),
            404: shared("UnknownCamera"),
            **_CHANGE_REFUSALS,
        },
        body=json_body(ref("CameraChange")),
    ),
    "administration.remove_camera": Operation(
        "administration",
        "Remove a camera and cut it off",
        {
            204: answer("It is gone; its token stays worthless.", None),
            404: shared("UnknownCamera"),
            503: shared("NoDatabase"),
        },
    ),
    "administration.rotate_token": Operation(
        "administration",
        "Make a new token, and all older ones of this camera and its links worthless",
        {
            200: json("The new token.", ref("Token")),
            404: shared("UnknownCamera"),
            503: shared("NoDatabase"),
        },
    ),
    "administration.share_camera": Operation(
        "administration",
        "Make a link that shows this camera for a while",
        {
            201: json("The link.", ref("Link")),
            400: shared("Invalid"),
            404: shared("UnknownCamera"),
            415: shared("NotJson"),
        },
        body=json_body(ref("LinkWish")),
    ),
}
