from collections.abc import Iterator
from dataclasses import FrozenInstanceError

import pytest

from camserve.relay import Frame


def frame(jpeg: bytes = b"jpeg") -> Frame:
    return Frame(camera_id=1, sequence=7, arrived_at=1700000000.5, arrived=3.0, jpeg=jpeg)


def test_what_is_shared_is_made_once_per_encoder() -> None:
    made: list[str] = []

    def upper(given: Frame) -> bytes:
        made.append("upper")
        return given.jpeg.upper()

    def twice(given: Frame) -> bytes:
        made.append("twice")
        return given.jpeg * 2

    one = frame()
    first = one.shared(upper)
    assert first == b"JPEG"
    assert one.shared(upper) is first
    assert one.shared(twice) == b"jpegjpeg"
    assert made == ["upper", "twice"]


def test_frames_share_nothing_with_each_other() -> None:
    def same(given: Frame) -> bytes:
        return given.jpeg

    assert frame(b"a").shared(same) == b"a"
    assert frame(b"b").shared(same) == b"b"


def test_an_encoder_that_fails_is_asked_again() -> None:
    answers: Iterator[bytes | Exception] = iter([ValueError("bad"), b"good"])

    def encode(given: Frame) -> bytes:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    one = frame()
    with pytest.raises(ValueError, match="bad"):
        one.shared(encode)
    assert one.shared(encode) == b"good"


def test_a_frame_never_changes_and_is_only_equal_to_itself() -> None:
    one = frame()
    with pytest.raises(FrozenInstanceError):
        one.sequence = 8  # type: ignore[misc]
    assert one != frame()
    assert {one, frame()} != {one}
