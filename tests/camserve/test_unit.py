"""What the units of both programs are made of."""

import pytest

from camserve.unit import Credential, command_line, environment_lines, quote


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("--fps", "--fps"),
        ("", '""'),
        ("two words", '"two words"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("a\\b", '"a\\\\b"'),
        ("100%", "100%%"),
        ("$HOME", "$$HOME"),
        ("%d/token", "%%d/token"),
        ("a;b", '"a;b"'),
        ("Süd", "Süd"),
        (Credential("token"), "%d/token"),
    ],
)
def test_words_mean_nothing_but_themselves(word: str, quoted: str) -> None:
    assert quote(word) == quoted


def test_a_command_line_and_variables() -> None:
    assert command_line(["/bin/x", "--name", "a $b"]) == '/bin/x --name "a $$b"'
    assert environment_lines({"A": "5%", "B": "$c d"}) == (
        'Environment=A=5%%\nEnvironment="B=$c d"\n'
    )
