from pathlib import Path

import pytest

from .command_line import ORDINARY_SCENARIOS, PLAIN_VIEWERS, SCENARIOS, parse, with_programs
from .compiler import Programs
from .plan import Plan


def test_without_words_everything_short_is_measured() -> None:
    wanted = parse([])
    assert wanted.plan == Plan()
    assert wanted.scenarios == ORDINARY_SCENARIOS
    assert set(SCENARIOS) - set(ORDINARY_SCENARIOS) == {"memory"}
    assert (wanted.json, wanted.update_docs) == (None, False)


def test_words_change_the_plan() -> None:
    words = "--quick --kinds socket mjpeg --viewers 7 --seconds 3 --rounds 2 --scenario slow many"
    wanted = parse([*words.split(), "--json", "file", "--update-docs"])
    assert [kind.name for kind in wanted.plan.kinds] == ["mjpeg", "socket"]
    assert (wanted.plan.viewers, wanted.plan.seconds, wanted.plan.rounds) == (7, 3, 2)
    assert wanted.plan.slow_seconds < Plan().slow_seconds
    assert wanted.scenarios == ("slow", "many")
    assert (wanted.json, wanted.update_docs) == (Path("file"), True)


@pytest.mark.parametrize(
    "words", ["--viewers 0", "--seconds 0", "--seconds 1e9", "--kinds smoke", "--scenario none"]
)
def test_nonsense_is_refused(words: str) -> None:
    with pytest.raises(SystemExit) as exit_:
        parse(words.split())
    assert exit_.value.code == 2


def test_without_a_compiler_there_are_fewer_viewers() -> None:
    plan = with_programs(Plan(), None)
    assert (plan.viewers, plan.many_viewers) == (PLAIN_VIEWERS, PLAIN_VIEWERS)
    programs = Programs(Path("floor"), Path("load"))
    assert with_programs(Plan(), programs).viewers == Plan().viewers
