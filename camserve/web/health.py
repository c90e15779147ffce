"""`/healthz`: is the server alive?"""

from quart import Blueprint, Response

from .answers import json_answer

health = Blueprint("health", __name__)


@health.get("/healthz")
async def healthz() -> Response:
    return json_answer({"status": "ok"})
