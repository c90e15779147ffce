"""The words in which the tables of this folder describe a route."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from camserve.web.answers import RETRY_AFTER

#: A JSON object, as the tables write it.
Json = Mapping[str, object]

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Operation:
    """What one route takes and answers, besides what its row in camserve/web/access.py brings.

    tag: under which heading it stands
    summary: what it does, in a line; details: what else is worth knowing, in Markdown
    parameters: OpenAPI parameter objects; those in the path are added
    body: an OpenAPI request body object
    answers: by status, OpenAPI response objects
    """

    tag: str
    summary: str
    answers: Mapping[int, Json]
    details: str = ""
    parameters: tuple[Json, ...] = ()
    body: Json | None = field(default=None)


def ref(name: str) -> Json:
    """A schema of camserve/web/openapi/schemas.py."""
    return {"$ref": f"#/components/schemas/{name}"}


def shared(name: str) -> Json:
    """An answer of camserve/web/openapi/refusals.py."""
    return {"$ref": f"#/components/responses/{name}"}


def answer(
    description: str, content: Mapping[str, Json] | None = None, headers: Json | None = None
) -> Json:
    """content: content type → schema, empty where there is none, as for a picture."""
    said: dict[str, object] = {"description": description}
    if headers:
        said["headers"] = headers
    if content:
        said["content"] = {
            kind: {"schema": schema} if schema else {} for kind, schema in content.items()
        }
    return said


def json(description: str, schema: Json, headers: Json | None = None) -> Json:
    return answer(description, {"application/json": schema}, headers)


def header(description: str, schema: Json | None = None) -> Json:
    return {"description": description, "required": True, "schema": schema or {"type": "string"}}


def query(name: str, description: str, schema: Json, *, required: bool = False) -> Json:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "required": required,
        "schema": schema,
    }


def json_body(schema: Json) -> Json:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


RETRY = {
    "Retry-After": header(
        f"seconds after which to ask again; {RETRY_AFTER} unless something else is known",
        {"type": "integer", "minimum": 0},
    )
}
