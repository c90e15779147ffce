"""How the server is doing: for service managers, for Prometheus, and for `camserve status`."""

from quart import Blueprint, Response, request

from .answers import json_answer
from .site import site

health = Blueprint("health", __name__)


@health.get("/healthz")
async def healthz() -> Response:
    return json_answer({"status": "ok"})


@health.get("/readyz")
async def readyz() -> Response:
    reasons = site().inspection.not_ready()
    if reasons:
        return json_answer({"status": "not ready", "reasons": list(reasons)}, 503)
    return json_answer({"status": "ready"})


@health.get("/metrics")
async def metrics() -> Response:
    text, content_type = await site().inspection.exposition(request.headers.get("Accept", ""))
    return Response(text, content_type=content_type)


@health.get("/status")
async def status() -> Response:
    return json_answer(site().inspection.report())
