"""What viewers write on `/live` is understood, or refused with a reason; nothing else happens."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camserve.web.live_request import Ack, LiveRequestError, Move, Unwatch, Watch, live_request

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([10**400, -(10**400), 1e308]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
FIELDS = st.sampled_from(["op", "camera", "fps", "width", "seq", "x", "y"])
OPS = st.sampled_from(["watch", "unwatch", "ack", "move"])


@pytest.mark.parametrize(
    ("message", "request_"),
    [
        ('{"op": "watch", "camera": 1}', Watch(1, None, None)),
        ('{"op": "watch", "camera": 1, "fps": null, "width": null}', Watch(1, None, None)),
        ('{"op":"watch","camera":1,"fps":10,"width":320,"more":[]}', Watch(1, 10.0, 320)),
        ('{"op": "watch", "camera": 1, "fps": 0.5}', Watch(1, 0.5, None)),
        ('{"op": "unwatch", "camera": 2}', Unwatch(2)),
        ('{"op": "ack", "camera": 1, "seq": 1700000000000}', Ack(1, 1700000000000)),
        ('{"op": "move", "camera": 1, "x": 0, "y": -0.5}', Move(1, 0.0, -0.5)),
        (' {"camera": 1, "op": "unwatch"}\n', Unwatch(1)),
    ],
)
def test_what_is_understood(message: str, request_: object) -> None:
    assert live_request(message) == request_


@pytest.mark.fuzz
@given(st.text() | st.binary())
def test_any_message_is_a_request_or_refused(message: str | bytes) -> None:
    """Whatever is sent, the answer is a request or a LiveRequestError."""
    with suppress(LiveRequestError):
        live_request(message)


@pytest.mark.fuzz
@given(st.dictionaries(FIELDS, VALUES), OPS)
def test_any_values_are_a_request_or_refused(fields: dict[str, object], op: str) -> None:
    """Whatever the fields hold, what is understood is within its bounds."""
    try:
        request = live_request(json.dumps({**fields, "op": op}))
    except LiveRequestError:
        return
    assert type(request.camera) is int
    match request:
        case Watch():
            assert request.fps is None or 0 < request.fps <= 240
            assert request.width is None or 16 <= request.width <= 8192
        case Move():
            assert -1 <= request.x <= 1
            assert -1 <= request.y <= 1
        case Ack():
            assert type(request.seq) is int


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_deep_nesting_is_refused(opening: str) -> None:
    with pytest.raises(LiveRequestError):
        live_request(opening * (16 * 1024 // len(opening)))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1" * 5000, "true"])
@pytest.mark.parametrize("field", ["camera", "fps", "x"])
def test_numbers_that_are_none(field: str, number: str) -> None:
    op = "move" if field == "x" else "watch"
    others = {"camera": "1", "fps": "1", "x": "0", "y": "0"} | {field: number}
    fields = ", ".join(f'"{name}": {value}' for name, value in others.items())
    with pytest.raises(LiveRequestError):
        live_request(f'{{"op": "{op}", {fields}}}')
