"""What is about the server itself, and its pages."""

from .operation import HTML, RETRY, Operation, answer, header, json, ref, shared
from .parameters import CODE, ENDED, NEXT
from .schemas import TEXT, object_of

_PAGE = {HTML: {"type": "string"}}
_METRICS = {"text/plain; version=0.0.4; charset=utf-8": TEXT, "application/openmetrics-text": TEXT}
_AWAY = answer("To the page.", None, {"Location": header("relative to this route")})
_WRONG = answer(
    "The page, which says that this was wrong.", _PAGE, {"WWW-Authenticate": header("a form")}
)
_LATER = answer("The page, which says when to try again.", _PAGE, RETRY)
_LOGIN_FORM = object_of({"password": TEXT, "next": NEXT["schema"]}, required=["password"])

SERVING = {
    "health.healthz": Operation(
        "server",
        "Whether the server is alive",
        {200: json("It is.", object_of({"status": {"const": "ok"}}))},
    ),
    "health.readyz": Operation(
        "server",
        "Whether somebody should be sent to this server",
        {
            200: json("Yes.", object_of({"status": {"const": "ready"}})),
            503: json(
                "Not now: it starts, stops, or cannot keep up.",
                object_of(
                    {
                        "status": {"const": "not ready"},
                        "reasons": {"type": "array", "items": TEXT, "minItems": 1},
                    }
                ),
            ),
        },
    ),
    "health.metrics": Operation(
        "server",
        "Metrics for Prometheus",
        {200: answer("As text; OpenMetrics for who asks for it.", _METRICS)},
    ),
    "health.status": Operation(
        "server",
        "What the server is doing, as `camserve status` shows it",
        {200: json("Times are seconds, sizes bytes, counts since the start.", ref("Status"))},
    ),
    "reference.openapi_json": Operation(
        "server", "This description", {200: json("OpenAPI 3.1.", {"type": "object"})}
    ),
    "reference.docs": Operation(
        "pages", "This description for people", {200: answer("The page.", _PAGE)}
    ),
    "static": Operation(
        "pages",
        "What the pages consist of",
        {
            200: answer("The file.", {"*/*": {}}),
            304: answer("The file has not changed.", None),
            404: json("There is no such file.", ref("Message")),
        },
    ),
    "login.login_page": Operation(
        "pages",
        "The page that asks for the password",
        {
            200: answer("The page.", _PAGE),
            303: _AWAY,
            401: _WRONG,
            429: _LATER,
            503: shared("NoDatabase"),
        },
        "With `code`, of a link that `camserve admin-link` printed, it logs an admin in, once.",
        parameters=(CODE, NEXT, ENDED),
    ),
    "login.log_in": Operation(
        "pages",
        "Log in with the password or the admin token",
        {303: _AWAY, 401: _WRONG, 429: _LATER},
        parameters=(),
        body={
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": _LOGIN_FORM}},
        },
    ),
    "login.log_out": Operation("pages", "End the session of this browser", {303: _AWAY}),
}
