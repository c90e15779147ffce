"""A form in our own hand arrives as it was sent, any other within its limits or not at all."""

from werkzeug.exceptions import RequestEntityTooLarge

from camserve.web.answers import AnswerError
from camserve.web.forms import STEP, FormReader
from tests.fuzz.cutting import cut

BOUNDARY = b"b"
LIMITS = {"cameraid": 8, "token": 16, "image": 100}
NAMES = ("cameraId", "image", "token", "other")
HEAD = 'Content-Disposition: form-data; name="{}"'


def check(data: bytes) -> None:
    pieces = cut(data)
    read(pieces)  # werkzeug reads a broken form in one way or another, depending on the cuts
    read([piece[at : at + 1] for piece in pieces for at in range(len(piece))])
    values = dict(zip(NAMES, pieces, strict=False))
    if b"--" + BOUNDARY not in data:
        form = written(values)
        expected = right(values)
        for step in (1, 7, STEP):
            got = read([form[at : at + step] for at in range(0, len(form), step)])
            assert got == expected, (got, expected)


def written(values: dict[str, bytes]) -> bytes:
    parts = [
        b"--%s\r\n%s\r\n\r\n%s\r\n" % (BOUNDARY, HEAD.format(name).encode(), value)
        for name, value in values.items()
    ]
    return b"".join(parts) + b"--" + BOUNDARY + b"--\r\n"


def right(values: dict[str, bytes]) -> dict[str, bytes] | None:
    wanted = {name.lower(): value for name, value in values.items() if name.lower() in LIMITS}
    too_large = any(len(value) > LIMITS[name] for name, value in wanted.items())
    return None if too_large else wanted


def read(pieces: list[bytes]) -> dict[str, bytes] | None:
    """The parts that have arrived whole; None: the form was refused."""
    reader = FormReader(BOUNDARY, LIMITS)
    try:
        for piece in pieces:
            for start in range(0, len(piece), STEP):
                reader.receive(piece[start : start + STEP])
    except (ValueError, AnswerError, RequestEntityTooLarge):
        return None
    assert reader.parts.keys() <= LIMITS.keys()
    assert all(len(part) <= LIMITS[name] for name, part in reader.parts.items())
    return {name: bytes(part) for name, part in reader.complete.items()}
