"""The Quart application: which answers there are, and under which paths."""

import trio
from quart import Quart, Response, current_app, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException

from camserve.scaling import ScalingUnavailableError

from .answers import AnswerError, http_error_answer, json_answer
from .cameras import cameras
from .event_stream import events, old_events
from .health import health
from .images import images
from .listing import listing
from .mjpeg import mjpeg
from .move import move
from .page import page
from .request import MAX_UPLOADS, UPLOADS, CamserveRequest, HttpConnection
from .site import SITE, Site
from .snapshot import snapshot
from .update import update
from .upload import upload

#: The old server's routes. Front ends know them with and without this prefix.
OLD_ROUTES = (listing, images, upload, old_events, update)
OLD_PREFIX = "/camera"
OLD_PATHS = "camserve_old_paths"  # the key in Quart's extensions
NEW_ROUTES = (cameras, mjpeg, events, snapshot, move, health, page)

STATIC_MAX_AGE = None  # asked again each time, by ETag: an upgrade must not mix modules
HTTP_2_TIMEOUT = 60.0  # seconds that an answer may take to leave
ANSWER_TIMEOUT = 120.0  # seconds that an answer may take to be read; streams have none
FORM_MARGIN = 64 * 1024  # what a form holds besides its picture


class App(QuartTrio):
    asgi_http_class = HttpConnection
    request_class = CamserveRequest


def create_app(site: Site) -> Quart:
    app = App(__name__, static_folder="static", static_url_path="/static")
    app.config[SITE] = site
    app.config["MAX_CONTENT_LENGTH"] = site.max_frame_bytes + FORM_MARGIN
    app.config["RESPONSE_TIMEOUT"] = ANSWER_TIMEOUT
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = STATIC_MAX_AGE
    app.extensions[UPLOADS] = trio.CapacityLimiter(MAX_UPLOADS)
    for routes in OLD_ROUTES:
        app.register_blueprint(routes)
        app.register_blueprint(routes, name=f"prefixed_{routes.name}", url_prefix=OLD_PREFIX)
    for routes in NEW_ROUTES:
        app.register_blueprint(routes)
    app.register_error_handler(AnswerError, _answer_error)
    app.register_error_handler(ScalingUnavailableError, _scaling_unavailable)
    app.register_error_handler(HTTPException, _http_error)
    app.after_request(_bound_answers_over_http_2)
    app.after_request(_allow_any_origin_on_old_routes)
    app.extensions[OLD_PATHS] = frozenset(
        rule.rule for rule in app.url_map.iter_rules() if _is_old(rule.endpoint)
    )
    return app


async def _answer_error(error: AnswerError) -> Response:
    return error.answer()


async def _scaling_unavailable(error: ScalingUnavailableError) -> Response:
    return json_answer({"message": str(error)}, 501)


async def _http_error(error: HTTPException) -> Response:
    return http_error_answer(error)


async def _bound_answers_over_http_2(answer: Response) -> Response:
    # There a client holds an answer up by its own windows; no send stalls that could be cut.
    if request.http_version not in {"1.0", "1.1"}:
        answer.timeout = HTTP_2_TIMEOUT
    return answer


def _is_old(endpoint: str) -> bool:
    blueprint = endpoint.partition(".")[0].removeprefix("prefixed_")
    return blueprint in {routes.name for routes in OLD_ROUTES}


async def _allow_any_origin_on_old_routes(answer: Response) -> Response:
    # The old front ends are served from other hosts than the server. By path, since a request
    # with a wrong method has no route.
    if request.path in current_app.extensions[OLD_PATHS]:
        answer.headers["Access-Control-Allow-Origin"] = "*"
        if request.method == "OPTIONS":
            answer.headers["Access-Control-Allow-Methods"] = answer.headers.get("Allow", "")
            answer.headers["Access-Control-Allow-Headers"] = "*, Authorization, Content-Type"
            answer.headers["Access-Control-Max-Age"] = "86400"
    return answer
