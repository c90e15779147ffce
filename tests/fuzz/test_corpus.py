"""What the fuzzer found once is tried again by every run of the tests, without atheris."""

import pytest

from tests.fuzz.corpus import CORPUS, inputs
from tests.fuzz.harnesses import NAMES, harness

MOST_BYTES = 100_000  # of the whole corpus: it is part of every clone


@pytest.mark.parametrize("name", NAMES)
def test_the_invariants_hold(name: str) -> None:
    check = harness(name)
    kept = inputs(name)
    assert kept
    check(b"")
    for path in kept:
        try:
            check(path.read_bytes())
        except BaseException as error:
            error.add_note(f"input: {path}")
            raise


def test_the_corpus_is_small_and_belongs_to_somebody() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(NAMES)
    assert sum(path.stat().st_size for path in CORPUS.glob("*/*")) < MOST_BYTES
