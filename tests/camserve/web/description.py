"""Whether an answer is one that the OpenAPI document promises."""

import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import jsonschema_rs

from tests.camserve.web.http_viewer import Answer, Head

#: What the server beneath the routes answers for them, and what a route that fails does.
BENEATH = {400, 405, 413, 431, 500}


class Description:
    """The document, and what it says of one answer."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    @cached_property
    def _strict(self) -> dict[str, Any]:
        """The components; objects with fields that nobody described do not fit."""
        components: dict[str, Any] = json.loads(json.dumps(self.document["components"]))
        _close(components["schemas"])
        return components

    def operation(self, method: str, target: str) -> dict[str, Any] | None:
        """What this asks for; None: no operation."""
        path = target.partition("?")[0]
        method = "get" if method == "HEAD" else method.lower()
        # What has fewer parameters is meant first.
        for template in sorted(self.document["paths"], key=lambda one: one.count("{")):
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path):
                found: dict[str, Any] | None = self.document["paths"][template].get(method)
                return found
        return None

    def response(self, operation: dict[str, Any], status: int) -> dict[str, Any] | None:
        said: dict[str, Any] | None = operation["responses"].get(str(status))
        if said is not None and "$ref" in said:
            named: dict[str, Any] = self.document["components"]["responses"][
                said["$ref"].rpartition("/")[2]
            ]
            return named
        return said

    def check_head(self, method: str, target: str, head: Head) -> None:
        """Raises: AssertionError: the document promises something else."""
        operation = self.operation(method, target)
        if operation is None:
            return
        asked = f"{method} {target}: {head.status}"
        said = self.response(operation, head.status)
        if said is None:
            assert head.status in BENEATH, f"{asked} is not in camserve/web/openapi"
            return
        for name in said.get("headers", {}):
            assert name.lower() in head, f"{asked} without {name}"
        if head.status not in {303, 304} and "content" in said:
            self._content(said, head)
        else:
            assert head.status in {303, 304} or "content-type" not in head, asked

    def check(self, method: str, target: str, answer: Answer) -> None:
        """Raises: AssertionError, jsonschema_rs.ValidationError: something else is promised."""
        self.check_head(method, target, answer.head)
        operation = self.operation(method, target)
        assert operation is not None, f"{method} {target} is not in camserve/web/openapi"
        said = self.response(operation, answer.status)
        assert said is not None, answer.status
        if "content" in said and "json" in answer.head["content-type"]:
            schema = self._content(said, answer.head)["schema"]
            self.validator(schema).validate(json.loads(answer.body))

    def validator(self, schema: dict[str, Any]) -> jsonschema_rs.Validator:
        strict = json.loads(json.dumps(schema))
        _close(strict)
        return jsonschema_rs.Draft202012Validator(
            {**strict, "components": self._strict}, validate_formats=True
        )

    def _content(self, said: dict[str, Any], head: Head) -> dict[str, Any]:
        kind = head["content-type"]
        contents: dict[str, dict[str, Any]] = said["content"]
        # Named without its parameters, it may have any.
        names = (kind, kind.partition(";")[0], "*/*")
        found = next((contents[name] for name in names if name in contents), None)
        assert found is not None, f"{kind} instead of {list(contents)}"
        return found


def _close(schema: object) -> None:
    for part in _parts(schema):
        if "properties" in part and "additionalProperties" not in part:
            part["additionalProperties"] = False


def _parts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for one in list(value.values()):
            yield from _parts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _parts(one)
