"""JSON that comes with a request."""

import json

from quart import request

from .answers import AnswerError


async def json_object() -> dict[str, object]:
    """The object in the request's body.

    Raises:
        AnswerError: 415 when the request does not call its body JSON, 400 when it is none.
    """
    # A page of another origin can make a browser send forms, but not this type unasked.
    if request.mimetype != "application/json":
        raise AnswerError(415, "Expected Content-Type: application/json")
    try:
        # Python's parser also takes NaN and Infinity, which JSON does not have.
        body = json.loads(
            (await request.get_data(True, False, False)).decode(), parse_constant=_refuse
        )
    except (ValueError, RecursionError) as error:
        raise AnswerError(400, f"The body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise AnswerError(400, "Expected a JSON object")
    return body


def coordinate(body: dict[str, object], name: str) -> float:
    """A field with a number from -1 to 1.

    Raises:
        AnswerError: 400, naming the field.
    """
    value = body.get(name)
    # In Python, True is a number.
    if isinstance(value, int | float) and not isinstance(value, bool) and -1 <= value <= 1:
        return float(value)
    raise AnswerError(400, f"Invalid {name}: expected a number from -1 to 1")


def text(body: dict[str, object], name: str) -> str | None:
    """A field with text; None: not given.

    Raises:
        AnswerError: 400, naming the field.
    """
    value = body.get(name)
    if name in body and not isinstance(value, str):
        raise AnswerError(400, f"Invalid {name}: expected text")
    return value if isinstance(value, str) else None


def switch(body: dict[str, object], name: str) -> bool | None:
    """A field that is true or false; None: not given.

    Raises:
        AnswerError: 400, naming the field.
    """
    value = body.get(name)
    if name in body and not isinstance(value, bool):
        raise AnswerError(400, f"Invalid {name}: expected true or false")
    return value if isinstance(value, bool) else None


def duration(body: dict[str, object], name: str, longest: float) -> float:
    """A field with a number of seconds, from 1 to `longest`.

    Raises:
        AnswerError: 400, naming the field.
    """
    value = body.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= longest:
        return float(value)
    raise AnswerError(400, f"Invalid {name}: expected seconds, 1 to {longest:.0f}")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
