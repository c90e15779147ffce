"""Settings said again are the same settings."""

from dataclasses import dataclass

from camserve.settings import (
    Loaded,
    as_option,
    as_text,
    declared,
    given_outside_file,
    kinds,
    load,
    setting,
)


@dataclass(frozen=True, slots=True)
class Settings:
    fps: float = setting(kinds.number(above=0), 15.0, help="rate")
    announce: bool = setting(kinds.switch(), True, help="tell")
    name: str | None = setting(kinds.text(), None, help="name")


def loaded(arguments: dict[str, object], file: dict[str, object]) -> Loaded[Settings]:
    return load(Settings, prefix="X_", arguments=arguments, environ={"X_NAME": "a b"}, file=file)


def test_what_the_file_says_is_left_to_the_file() -> None:
    found = given_outside_file(Settings, loaded({"fps": "7.5"}, {"announce": False}))
    assert [(one.name, value) for one, value in found] == [("fps", 7.5), ("name", "a b")]


def test_as_options() -> None:
    words = [
        as_option(one, value)
        for one, value in given_outside_file(Settings, loaded({"announce": "no"}, {"fps": 3}))
    ]
    assert words == [("--no-announce",), ("--name", "a b")]
    switch = next(one for one in declared(Settings) if one.name == "announce")
    assert as_option(switch, True) == ("--announce",)


def test_as_text() -> None:
    assert [as_text(one) for one in (True, False, 0.1, 8000, ("a", 1))] == [
        "true",
        "false",
        "0.1",
        "8000",
        "a,1",
    ]
