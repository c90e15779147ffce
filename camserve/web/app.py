"""The Quart application: which answers there are, and under which paths."""

import trio
from quart import Quart, Response, current_app, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException, NotFound

from camserve.scaling import ScalingUnavailableError

from .access import PREFIXED, plain, require_rows
from .administration import administration
from .answers import AnswerError, http_error_answer, json_answer
from .cameras import cameras
from .entrance import keep_private, let_in, may_be_read_elsewhere
from .event_stream import events, old_events
from .health import health
from .images import images
from .listing import listing
from .login import login
from .mjpeg import mjpeg
from .move import move
from .openapi import reference
from .page import page
from .request import MAX_UPLOADS, UPLOADS, CamserveRequest, HttpConnection
from .site import SITE, Site
from .snapshot import snapshot
from .update import update
from .upload import upload
from .visitor import visitor

#: The old server's routes. Front ends know them with and without this prefix.
OLD_ROUTES = (listing, images, upload, old_events, update)
OLD_PREFIX = "/camera"
OLD_PATHS = "camserve_old_paths"  # the key in Quart's extensions
NEW_ROUTES = (
    cameras,
    administration,
    mjpeg,
    events,
    snapshot,
    move,
    health,
    login,
    page,
    reference,
)

STATIC_MAX_AGE = None  # asked again each time, by ETag: an upgrade must not mix modules
HTTP_2_TIMEOUT = 60.0  # seconds that an answer may take to leave
ANSWER_TIMEOUT = 120.0  # seconds that an answer may take to be read; streams have none
MAX_STATIC_NAME = 255  # bytes; file systems have no longer ones
FORM_MARGIN = 64 * 1024  # what a form holds besides its picture


class App(QuartTrio):
    asgi_http_class = HttpConnection
    request_class = CamserveRequest

    async def send_static_file(self, filename: str) -> Response:
        # The system refuses to look for longer names, and Quart takes that for a fault of ours.
        if len(filename.encode()) > MAX_STATIC_NAME:
            raise NotFound
        return await super().send_static_file(filename)


def create_app(site: Site) -> Quart:
    """The application.

    Raises:
        NoAccessRowError: a route of which nobody has said who may use it.
    """
    app = App(__name__, static_folder="static", static_url_path="/static")
    # Else it sends whoever asks for /cameras//1 elsewhere, past the prefix behind a proxy.
    app.url_map.merge_slashes = False
    show(app, site)
    app.config["RESPONSE_TIMEOUT"] = ANSWER_TIMEOUT
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = STATIC_MAX_AGE
    app.extensions[UPLOADS] = trio.CapacityLimiter(MAX_UPLOADS)
    for routes in OLD_ROUTES:
        app.register_blueprint(routes)
        app.register_blueprint(routes, name=PREFIXED + routes.name, url_prefix=OLD_PREFIX)
    for routes in NEW_ROUTES:
        app.register_blueprint(routes)
    app.register_error_handler(AnswerError, _answer_error)
    app.register_error_handler(ScalingUnavailableError, _scaling_unavailable)
    app.register_error_handler(HTTPException, _http_error)
    app.before_request(let_in)
    app.after_request(_bound_answers_over_http_2)
    app.after_request(keep_private)
    app.after_request(_count_answer)
    app.after_request(_allow_any_origin_on_old_routes)
    require_rows(rule.endpoint for rule in app.url_map.iter_rules())
    app.extensions[OLD_PATHS] = frozenset(
        rule.rule for rule in app.url_map.iter_rules() if _is_old(rule.endpoint)
    )
    return app


def show(app: Quart, site: Site) -> None:
    """Answer requests with this site from now on."""
    app.config[SITE] = site
    app.config["MAX_CONTENT_LENGTH"] = site.max_frame_bytes + FORM_MARGIN


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


async def _count_answer(answer: Response) -> Response:
    current_app.config[SITE].inspection.answers[answer.status_code] += 1
    return answer


def _is_old(endpoint: str) -> bool:
    return plain(endpoint).partition(".")[0] in {routes.name for routes in OLD_ROUTES}


async def _allow_any_origin_on_old_routes(answer: Response) -> Response:
    # The old front ends are served from other hosts than the server. By path, since a request
    # with a wrong method has no route.
    if request.path in current_app.extensions[OLD_PATHS] and may_be_read_elsewhere(visitor()):
        answer.headers["Access-Control-Allow-Origin"] = "*"
        if request.method == "OPTIONS":
            answer.headers["Access-Control-Allow-Methods"] = answer.headers.get("Allow", "")
            answer.headers["Access-Control-Allow-Headers"] = "*, Authorization, Content-Type"
            answer.headers["Access-Control-Max-Age"] = "86400"
    return answer
