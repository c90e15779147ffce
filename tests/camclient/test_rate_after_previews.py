"""What a viewer gets who comes after pictures that nobody watched; with a real `Link`."""

import pytest

from camclient.meter import Meter
from camclient.rate import Bounds, Rate

NBYTES = 20_000
PREVIEW = 5.0  # seconds
#: What a picture needs: on a good link, on one after a hiccup, on a narrow one.
QUICK, HICCUP, NARROW = 0.01, 1.0, 0.4  # seconds


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Camera:
    """Connected, while nobody watches."""

    def __init__(self) -> None:
        self._clock = Clock()
        self.rate = Rate(Bounds(fps=20), Meter(self._clock), self._clock)
        self.rate.begin(0.0)
        self.rate.demanded(0, 0)

    def send(self, seconds: float, *, pause: float = PREVIEW) -> None:
        """A picture that the link needs so long for, and a pause."""
        link = self.rate.link
        before = link.mark(None)
        link.answer(before)
        link.begin(NBYTES)
        link.end()
        self.rate.picture_sent()
        behind = link.mark(None, measures=True)
        self._clock.now += seconds
        link.answer(behind)
        self.rate.learn()
        self._clock.now += pause


@pytest.mark.parametrize(
    "previews", [[HICCUP], [QUICK, HICCUP], [HICCUP, QUICK], [QUICK, QUICK, HICCUP, QUICK]]
)
def test_a_hiccup_of_one_preview_does_not_slow_the_first_second(previews: list[float]) -> None:
    camera = Camera()
    for seconds in previews:
        camera.send(seconds)
    camera.rate.demanded(1000, 0)
    for _ in range(20):
        assert camera.rate.fps == 20
        camera.send(QUICK, pause=0.04)


def test_a_link_that_two_previews_found_narrow_is_not_flooded() -> None:
    camera = Camera()
    for seconds in (QUICK, NARROW, NARROW):
        camera.send(seconds)
    camera.rate.demanded(1000, 0)
    assert camera.rate.fps == pytest.approx(0.85 / NARROW)


def test_what_was_learned_while_somebody_watched_stays_when_he_comes_back_at_once() -> None:
    camera = Camera()
    camera.rate.demanded(1000, 0)
    for seconds in (NARROW, NARROW, QUICK):
        camera.send(seconds, pause=0)
    cost = camera.rate.link.seconds_per_byte
    camera.rate.demanded(0, 0)
    camera.rate.demanded(1000, 0)
    assert camera.rate.link.seconds_per_byte == cost
