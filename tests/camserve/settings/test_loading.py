import traceback
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from camserve.settings import Loaded, SettingsError, camel_case, kinds, load, setting


@dataclass(frozen=True, slots=True)
class Example:
    port: int = setting(kinds.port(), 8000, help="where it listens")
    log_level: str = setting(kinds.choice("info", "debug"), "info", help="what is logged")
    loud: bool = setting(kinds.switch(), True, help="say more")
    token: str | None = setting(
        kinds.choice("right"), None, help="a proof", secret=True, keys=("cameraToken",)
    )
    key: str | None = setting(
        kinds.text(), None, help="hidden", option=False, variables=("OLD_KEY",)
    )
    file: str | None = setting(kinds.text(), None, help="a file", in_file=False)

    def __post_init__(self) -> None:
        if self.loud and self.key == "quiet":
            raise SettingsError("loud and quiet at once")


def example(
    arguments: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    file: Mapping[str, object] | None = None,
) -> Loaded[Example]:
    return load(
        Example,
        prefix="APP_",
        arguments=arguments or {},
        environ=environ or {},
        file=file,
        file_name="/etc/app",
        key=camel_case,
    )


def complaint(
    arguments: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    file: Mapping[str, object] | None = None,
) -> str:
    with pytest.raises(SettingsError) as caught:
        example(arguments, environ, file)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_nothing_given_leaves_the_defaults() -> None:
    loaded = example()
    assert loaded.settings == Example()
    assert loaded.given == {}
    assert loaded.warnings == ()


def test_the_command_line_wins_over_the_environment_and_that_over_the_file() -> None:
    arguments, environ, file = {"port": "1"}, {"APP_PORT": "2"}, {"port": 3}
    assert example(arguments, environ, file).settings.port == 1
    assert example({}, environ, file).settings.port == 2
    assert example({}, {}, file).settings.port == 3
    assert example(arguments, environ, file).given == {"port": "option --port"}
    assert example({}, environ, file).given == {"port": "variable APP_PORT"}
    assert example({}, {}, file).given == {"port": "key port in /etc/app"}


def test_only_the_winner_has_to_be_right() -> None:
    assert example({"port": "1"}, {"APP_PORT": "x"}, {"port": "y"}).settings.port == 1


def test_other_arguments_are_left_alone() -> None:
    assert example({"command": "run"}).settings == Example()


def test_a_false_switch_counts_as_given() -> None:
    assert example({"loud": False}).settings.loud is False
    assert example(file={"loud": False}).settings.loud is False


@pytest.mark.parametrize(
    ("arguments", "environ", "file", "message"),
    [
        (
            {"port": "abc"},
            {},
            {},
            "option --port: expected a port number from 0 to 65535, not 'abc'",
        ),
        (
            {},
            {"APP_PORT": "abc"},
            {},
            "variable APP_PORT: expected a port number from 0 to 65535, ",
        ),
        (
            {},
            {},
            {"port": [1]},
            "key port in /etc/app: expected a port number from 0 to 65535, not",
        ),
        (
            {},
            {},
            {"logLevel": "x"},
            "key logLevel in /etc/app: expected one of info, debug, not 'x'",
        ),
    ],
)
def test_a_bad_value_is_named_with_its_place(
    arguments: dict[str, object], environ: dict[str, str], file: dict[str, object], message: str
) -> None:
    assert complaint(arguments, environ, file).startswith(message)


def test_a_long_value_is_shortened_and_line_feeds_are_escaped() -> None:
    assert len(complaint({"port": "x" * 10_000})) < 200
    assert "a\\nb" in complaint({"port": "a\nb"})


def test_a_secret_value_is_never_shown() -> None:
    value = "hush" * 2  # so that no line of source in the traceback holds it
    with pytest.raises(SettingsError) as caught:
        example({"token": value})
    assert str(caught.value) == "option --token: expected one of right"
    assert value not in "".join(traceback.format_exception(caught.value))


def test_an_unknown_key_is_named_with_the_nearest_known_one() -> None:
    assert complaint(file={"prot": 1}) == "/etc/app: unknown key 'prot'; did you mean port?"
    assert complaint(file={"zzzzzz": 1}) == "/etc/app: unknown key 'zzzzzz'"
    assert "unknown key 'log_level'" in complaint(file={"log_level": "info"})


def test_a_place_can_be_closed() -> None:
    assert "unknown key 'file'" in complaint(file={"file": "x"})
    assert example({"key": "x"}).settings.key is None
    assert example({"file": "x"}).settings.file == "x"


def test_an_unknown_variable_is_a_warning() -> None:
    environ = {"APP_PROT": "1", "APP_ZZZZZZ": "1", "PORT": "1", "APPLE": "1", "APP_PORT": "5"}
    loaded = example(environ=environ)
    assert loaded.settings == Example(port=5)
    assert loaded.warnings == (
        "unknown variable APP_PROT; did you mean APP_PORT?",
        "unknown variable APP_ZZZZZZ",
    )


def test_an_empty_variable_counts_as_unset() -> None:
    assert example(environ={"APP_PORT": "", "APP_KEY": ""}).given == {}


def test_null_in_the_file_counts_as_unset() -> None:
    assert example(file={"port": None}).given == {}


def test_other_names() -> None:
    assert example(file={"cameraToken": "right"}).settings.token == "right"
    assert example(environ={"OLD_KEY": "old"}).settings.key == "old"
    assert example(environ={"OLD_KEY": "old", "APP_KEY": "new"}).settings.key == "new"


def test_two_names_for_the_same_in_one_file_are_refused() -> None:
    message = complaint(file={"cameraToken": "right", "token": "right"})
    assert message == "/etc/app: token and cameraToken mean the same; give only one"


def test_the_class_may_refuse_what_does_not_go_together() -> None:
    assert complaint(environ={"APP_KEY": "quiet"}) == "loud and quiet at once"


@dataclass(frozen=True, slots=True)
class Demanding:
    fps: float = setting(kinds.number(), 15.0, help="how fast")
    camera_id: int = setting(kinds.integer(1), help="which camera", keys=("camera",))
    key: str = setting(kinds.text(), help="a secret", option=False, in_file=False)


def test_what_is_required_and_missing_is_named_with_the_ways_to_give_it() -> None:
    environ = {"APP_KEY": "x"}
    with pytest.raises(SettingsError) as caught:
        load(Demanding, prefix="APP_", arguments={}, environ=environ, key=camel_case)
    assert str(caught.value) == (
        "missing: the camera id: give --camera-id or the variable APP_CAMERA_ID or the key camera"
    )
    with pytest.raises(SettingsError, match=r": give the variable APP_KEY$"):
        load(Demanding, prefix="APP_", arguments={"camera_id": "1"}, environ={})


def test_what_is_required_and_given() -> None:
    environ = {"APP_KEY": "x"}
    loaded = load(Demanding, prefix="APP_", arguments={"camera_id": "7"}, environ=environ)
    assert loaded.settings == Demanding(fps=15.0, camera_id=7, key="x")
