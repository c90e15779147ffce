from datetime import datetime

import cv2
import numpy as np
import pytest
from cv2.typing import MatLike

from camclient.sources import InvalidSourceError, SourceOptions
from camclient.sources.pattern import PatternCapture, PatternSource, pattern_source
from camclient.sources.scenes import SCENES
from camserve.wire import jpeg_dimensions, trim_jpeg


def first(spec: str, options: SourceOptions | None = None) -> PatternCapture:
    source = pattern_source(spec, options or SourceOptions())
    source.open()
    return source.read()


def picture(capture: PatternCapture) -> MatLike:
    image = cv2.imdecode(np.frombuffer(capture.encode(90), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image.astype(np.int16)


def difference(a: MatLike, b: MatLike) -> float:
    """How much of the picture differs clearly, 0 to 1."""
    return float((abs(a - b).max(axis=2) > 40).mean())


def test_test_is_the_first_scene() -> None:
    assert type(first("test").scene) is type(first("test:1").scene) is SCENES[0]


@pytest.mark.parametrize("spec", ["test:0", "test:4", "test:x", "test:-1", "test:1.5", "test:²"])
def test_other_scenes_are_refused(spec: str) -> None:
    with pytest.raises(InvalidSourceError, match="expected test or test:1 to test:3"):
        pattern_source(spec, SourceOptions())


def test_scenes_look_different_and_have_their_own_titles() -> None:
    pictures = [picture(first(f"test:{number}")) for number in (1, 2, 3)]
    assert len({scene.title for scene in SCENES}) == len(SCENES) == 3
    for one, other in [(0, 1), (1, 2), (0, 2)]:
        assert difference(pictures[one], pictures[other]) > 0.5


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        (None, None, (640, 360)),
        (320, None, (320, 180)),
        (None, 720, (1280, 720)),
        (300, 200, (300, 200)),
        (16, 16, (16, 16)),
    ],
)
def test_a_frame_is_one_whole_jpeg_of_the_size_asked_for(
    number: int, width: int | None, height: int | None, size: tuple[int, int]
) -> None:
    jpeg = first(f"test:{number}", SourceOptions(None, width, height)).encode(80)
    assert trim_jpeg(jpeg) is jpeg
    assert jpeg_dimensions(jpeg) == size


@pytest.mark.parametrize("scene", SCENES)
def test_the_shapes_move_while_clock_and_counter_stand(scene: type) -> None:
    now = 0.0
    source = PatternSource("test", scene(), SourceOptions(), lambda: now, lambda: datetime.min)
    source.open()
    before = picture(source.read())
    source._number = 0
    now = 3.0
    assert difference(before, picture(source.read())) > 0.001


def test_clock_and_counter_change_while_the_shapes_stand() -> None:
    moments = iter([datetime(2024, 1, 1, 12, 0, 0), datetime(2024, 1, 1, 12, 0, 1)] * 2)
    source = PatternSource("t", SCENES[0](), SourceOptions(), lambda: 0.0, lambda: next(moments))
    source.open()
    captures = [source.read() for _ in range(3)]
    assert [capture.number for capture in captures] == [1, 2, 3]
    pictures = [picture(capture) for capture in captures]
    top = [one[:330] for one in pictures]
    assert difference(top[0], top[1]) == difference(top[0], top[2]) == 0
    assert difference(pictures[0], pictures[1]) > 0
    assert difference(pictures[0], pictures[2]) > 0  # same time, another number


def test_drawing_a_frame_leaves_the_background_alone() -> None:
    capture = first("test:2")
    before = capture.background.copy()
    assert capture.encode(80) == capture.encode(80)
    assert (capture.background == before).all()


def test_the_rate_is_the_one_asked_for() -> None:
    assert pattern_source("test", SourceOptions()).pace == 15
    assert pattern_source("test", SourceOptions(fps=2.5)).pace == 2.5


def test_a_limit_is_its_pace_and_never_more_than_it_was_made_for() -> None:
    source = pattern_source("test", SourceOptions(fps=10))
    paces = []
    for limit in (0.2, 5, 30, None):
        source.limit(limit)
        paces.append(source.pace)
    source.open()
    assert [*paces, source.pace] == [0.2, 5, 10, 10, 10]


@pytest.mark.parametrize(
    ("options", "wanted", "size"),
    [
        (SourceOptions(rotate=90), 0, (360, 640)),
        (SourceOptions(width=320, height=240, rotate=270), 0, (320, 240)),
        (SourceOptions(width=320, rotate=90), 0, (320, 569)),
        (SourceOptions(), 160, (160, 90)),
        (SourceOptions(width=100), 160, (100, 56)),
    ],
)
def test_the_size_is_that_of_the_turned_drawing(
    options: SourceOptions, wanted: int, size: tuple[int, int]
) -> None:
    assert jpeg_dimensions(first("test", options).encode(80, wanted)) == size


def test_a_drawing_is_mirrored_and_turned() -> None:
    now = datetime(2024, 1, 1, 12)

    def drawn(options: SourceOptions) -> MatLike:
        source = PatternSource("test", SCENES[0](), options, lambda: 0.0, lambda: now)
        source.open()
        return picture(source.read())

    straight = drawn(SourceOptions(width=400, height=400))
    turned = drawn(SourceOptions(width=400, height=400, rotate=90, mirror=True))
    assert difference(np.rot90(straight[:, ::-1], -1), turned) < 0.001
    assert difference(straight, turned) > 0.1


def test_a_drawing_has_an_overlay_with_its_own_clock_and_counter() -> None:
    def drawn(options: SourceOptions, at: datetime) -> MatLike:
        source = PatternSource("test", SCENES[1](), options, lambda: 0.0, lambda: at)
        source.open()
        return picture(source.read())[:60]  # above the bar that the drawing has of its own

    day, night = datetime(2024, 1, 1, 12), datetime(2024, 1, 1, 23)
    for part, changes in [("time", True), ("utc", True), ("frame", False)]:
        plain = drawn(SourceOptions(width=640, height=480), day)
        with_overlay = SourceOptions(width=640, height=480, overlay=(part,))
        assert difference(plain, drawn(with_overlay, day)) > 0.01
        moved = difference(drawn(with_overlay, day), drawn(with_overlay, night))
        assert (moved > 0) is changes
