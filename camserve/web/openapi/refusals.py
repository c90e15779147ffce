"""Answers that many routes give when they do not do what was asked."""

from .operation import RETRY, Json, header, json, ref

_MESSAGE = ref("Message")

REFUSALS: dict[str, Json] = {
    "Invalid": json("A value is not what was expected; the message names it.", _MESSAGE),
    "Unauthorized": json(
        "A proof of who asks is missing or wrong.",
        _MESSAGE,
        {"WWW-Authenticate": header("which proofs there are (RFC 9110, section 11.6.1)")},
    ),
    "Forbidden": json(
        "Whoever asks may not do this; or a page of another server made a browser ask.", _MESSAGE
    ),
    "UnknownCamera": json("There is no camera with this id.", _MESSAGE),
    "TooLate": json("The body did not arrive in time.", _MESSAGE),
    "TooLarge": json("The body is too large.", _MESSAGE),
    "NotJson": json("The request does not call its body JSON.", _MESSAGE),
    "TooManyWrongProofs": json(
        "There were too many wrong proofs from this address.", _MESSAGE, RETRY
    ),
    "NoScaling": json("`width` needs OpenCV, which is not installed here.", _MESSAGE),
    "NoPicture": json("There is no picture now, but there may be soon.", _MESSAGE, RETRY),
    "NoDatabase": json("The database cannot be used now.", _MESSAGE, RETRY),
    "OnlyHttp1": json("Streams are served over HTTP/1.0 and HTTP/1.1 only.", _MESSAGE),
    "ToLogin": {
        "description": "To the login page: for browsers that navigate (`Accept: text/html`) and "
        "have not shown who they are.",
        "headers": {"Location": header("relative to this route")},
    },
}
