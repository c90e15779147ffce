import pytest

from camserve.cli.parser import parse

from .conftest import Run

COMMANDS = [
    ["run"],
    ["demo"],
    ["camera", "add", "front"],
    ["camera", "list"],
    ["camera", "remove", "1"],
    ["camera", "token", "1"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_takes_the_servers_settings(words: list[str]) -> None:
    command = parse([*words, "--port", "0", "--data-dir", "x", "--stale-after=3"])
    assert command.name == " ".join(words[:2] if words[0] == "camera" else words)
    assert command.arguments["port"] == "0"
    assert command.arguments["data_dir"] == "x"
    assert command.arguments["stale_after"] == "3"
    assert "host" not in command.arguments


@pytest.mark.parametrize("words", [[], ["camera"], *COMMANDS], ids=" ".join)
def test_every_command_has_help(words: list[str], camserve: Run) -> None:
    outcome = camserve(*words, "--help")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith("usage: camserve")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["run", "--prot", "1"], "unknown option --prot; did you mean --port?"),
        (["run", "--prot=1"], "unknown option --prot; did you mean --port?"),
        (["run", "--hos", "1"], "unknown option --hos; did you mean --host?"),
        (["run", "--zzz"], "unknown option --zzz (see camserve run --help)"),
        (["run", "--secret", "x"], "unknown option --secret"),
        (["run", "now"], "unexpected argument 'now' (see camserve run --help)"),
        (["run", "--port"], "argument --port: expected one argument (see camserve run --help)"),
        (["camera", "list", "1"], "unexpected argument '1' (see camserve camera list --help)"),
        (["camera", "add"], "the following arguments are required: NAME (see camserve camera add"),
        (["camera"], "the following arguments are required: COMMAND (see camserve camera --help)"),
        ([], "the following arguments are required: COMMAND (see camserve --help)"),
        (["fly"], "argument COMMAND: invalid choice: 'fly'"),
        (
            ["camera", "remove", "front"],
            "argument ID: expected a camera id, an integer, not 'front' (see camserve camera",
        ),
        (["camera", "add", "x", "--id", "1.5"], "argument --id: expected a camera id, an integer"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_is_one_line_and_status_2(
    words: list[str], complaint: str, camserve: Run
) -> None:
    outcome = camserve(*words)
    assert outcome.status == 2
    assert outcome.complaint.startswith(complaint)
