import pytest

from camclient.doctor.finding import Finding, Verdict, fail, ok


def test_a_line_has_a_word_a_subject_and_the_hints_below() -> None:
    finding = fail("token", "the server says: Invalid token", "first", "second")
    assert str(finding).splitlines() == [
        "FAIL  token     the server says: Invalid token",
        "                first",
        "                second",
    ]


def test_what_strangers_say_cannot_change_the_terminal() -> None:
    shown = str(ok("server", "\x1b[2J\nFAIL", "\x07"))
    assert shown.replace("\n", "").isprintable()
    assert len(shown.splitlines()) == 2


@pytest.mark.parametrize(
    ("verdict", "well"),
    [(Verdict.OK, True), (Verdict.SKIP, True), (Verdict.WARN, False), (Verdict.FAIL, False)],
)
def test_what_counts_as_well(verdict: Verdict, well: bool) -> None:
    assert Finding(verdict, "link", "").is_well is well
