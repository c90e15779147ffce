import pytest
from werkzeug.exceptions import RequestEntityTooLarge

from camserve.web.answers import AnswerError
from camserve.web.forms import MAX_HEAD_BYTES, MAX_PARTS, STEP, FormReader
from tests.camserve.web.multipart import BOUNDARY, END, form, part

LIMITS = {"image": 1000, "token": 10}


def read(body: bytes, step: int = STEP) -> dict[str, bytes]:
    reader = FormReader(BOUNDARY.encode(), LIMITS)
    for start in range(0, len(body), step):
        reader.receive(body[start : start + step])
    return {name: bytes(value) for name, value in reader.parts.items()}


PADDED = form(b"x", token="t").replace(b"boundary\r\n", b"boundary \t\r\n")

CASES = {
    "a picture": (form(b"\xff\xd8 \r\n--\x00", token="secret"), 2),
    "names in any case": (part("IMAGE", b"x", "a") + part("Token", "t") + END, 2),
    "a picture as a plain field": (part("image", b"\xff\x00") + END, 1),
    "a token as a file": (part("token", "abc", "t.txt") + END, 1),
    "an empty picture": (form(b""), 1),
    "unknown parts": (part("more", "x" * 5000, "big") + part("token", "t") + END, 1),
    "a part without a name": (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n".encode() + END,
        0,
    ),
    "padding behind delimiters": (PADDED, 2),
    "the first of two counts": (part("token", "1") + part("token", "2") + END, 1),
    "text before and after": (b"hello\r\n" + form(b"x") + b"bye", 1),
    "nothing": (END, 0),
    "no end": (part("token", "t") + part("image", b"x", "a"), 2),
}


@pytest.mark.parametrize("name", CASES)
def test_forms_are_the_same_whole_and_byte_by_byte(name: str) -> None:
    body, count = CASES[name]
    whole = read(body)
    assert len(whole) == count
    assert read(body, step=1) == read(body, step=7) == whole


def test_what_was_sent_is_what_is_read() -> None:
    assert read(form(b"\xff\xd8 \r\n--\x00", token="secret")) == {
        "image": b"\xff\xd8 \r\n--\x00",
        "token": b"secret",
    }
    assert read(CASES["the first of two counts"][0]) == {"token": b"1"}


def test_each_part_has_its_own_limit() -> None:
    assert len(read(form(b"x" * 1000))["image"]) == 1000
    for body in (form(b"x" * 1001), form(token="x" * 11)):
        with pytest.raises(AnswerError) as refused:
            read(body)
        assert refused.value.status == 413


@pytest.mark.parametrize(
    "body",
    [
        b"x" * (MAX_HEAD_BYTES + STEP),
        f"--{BOUNDARY}\r\nContent-Disposition: form-data".encode() + b"; a=b" * MAX_HEAD_BYTES,
        part("more", "x") * (MAX_PARTS + 1),
    ],
    ids=["endless preamble", "endless head", "too many parts"],
)
def test_what_takes_long_to_parse_is_refused(body: bytes) -> None:
    # Megabytes of it would hold up every stream of the server.
    with pytest.raises(RequestEntityTooLarge):
        read(body)


@pytest.mark.parametrize(
    "head", [b"Content-Type: text/plain", b"Content-Disposition: \xff\xfe", b"\x00"]
)
def test_garbage_is_a_value_error(head: bytes) -> None:
    with pytest.raises(ValueError):
        read(f"--{BOUNDARY}\r\n".encode() + head + b"\r\n\r\nx\r\n" + END)
