import argparse
from dataclasses import dataclass, field

import pytest

from camserve.settings import add_options, camel_case, declared, kinds, setting


@dataclass(frozen=True, slots=True)
class Example:
    least_fps: float = setting(kinds.number(), 15.0, help="100% of them")
    loud: bool = setting(kinds.switch(), False, help="say more")
    name: str = setting(kinds.text(), help="whose it is")
    password: str | None = setting(kinds.text(), None, help="hidden", secret=True, option=False)
    pieces: int = setting(
        kinds.integer(), default_factory=lambda: 4, help="how many", default_text="some"
    )
    inner: int = field(default=3)


def parsed(*words: str) -> dict[str, object]:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_options(parser, Example)
    return vars(parser.parse_args(words))


def test_what_is_not_given_is_absent() -> None:
    assert parsed() == {}


def test_values_keep_their_text() -> None:
    assert parsed("--least-fps", "many") == {"least_fps": "many"}


def test_a_switch_takes_no_value_and_has_an_opposite() -> None:
    assert parsed("--loud") == {"loud": True}
    assert parsed("--no-loud") == {"loud": False}


def test_what_is_no_option_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises((SystemExit, argparse.ArgumentError)):
        parsed("--password", "x")


def test_help_names_option_value_meaning_and_default() -> None:
    parser = argparse.ArgumentParser()
    add_options(parser, Example, "those of the example")
    text = " ".join(parser.format_help().split())
    assert "those of the example:" in text
    assert "--least-fps NUMBER 100% of them (default: 15)" in text
    assert "--loud, --no-loud say more (default: false)" in text
    assert "--pieces N how many (default: some)" in text
    assert "--name TEXT whose it is" in text
    assert "password" not in text


def test_defaults() -> None:
    example = Example(name="a")
    assert (example.least_fps, example.loud, example.pieces, example.inner) == (15.0, False, 4, 3)


def test_the_repr_keeps_secrets() -> None:
    assert "hush" not in repr(Example(name="a", password="hush"))


def test_declared_lists_the_settings_only() -> None:
    names = [one.name for one in declared(Example)]
    assert sorted(names) == ["least_fps", "loud", "name", "password", "pieces"]
    assert [one.name for one in declared(Example) if one.required] == ["name"]


def test_declared_wants_a_dataclass() -> None:
    with pytest.raises(TypeError):
        declared(int)


def test_camel_case() -> None:
    assert [camel_case(name) for name in ("fps", "camera_id", "max_x")] == [
        "fps",
        "cameraId",
        "maxX",
    ]
