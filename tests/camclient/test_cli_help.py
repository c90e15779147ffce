"""What --help says of the settings."""

from camclient.config import Config
from camserve.settings import declared


def test_no_default_is_shown_as_python_writes_it() -> None:
    shown = {one.name: one.default_text for one in declared(Config)}
    assert shown["overlay"] == "none"
    assert not [text for text in shown.values() if text.startswith(("(", "[", "None"))]
