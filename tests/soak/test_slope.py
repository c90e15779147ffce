import random

import pytest

from tests.soak.slope import growth


def test_a_line() -> None:
    assert growth([7.0] * 40) == 0
    assert growth(range(101)) == pytest.approx(75)


def test_the_beginning_does_not_count() -> None:
    assert growth([*range(25), *[25] * 75]) == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("rise", [0.0, 5.0])
def test_noise_and_wild_samples_do_not_matter(rise: float) -> None:
    dice = random.Random(1)
    samples = [100 + rise * i / 200 + dice.gauss(0, 1) for i in range(200)]
    for i in dice.sample(range(200), 20):
        samples[i] += dice.choice([-50, 200])
    assert growth(samples) == pytest.approx(rise * 0.75, abs=1.2)


def test_too_few() -> None:
    with pytest.raises(ValueError, match="too few"):
        growth([1.0])
