import re
import tomllib
from pathlib import Path

import pytest

from camserve.cli.extras import EXTRA_OF, explain_missing

PROJECT = Path(__file__).parents[3] / "pyproject.toml"


@pytest.mark.parametrize(
    ("module", "command", "extras"),
    [
        ("sqlalchemy", "camera list", "server"),
        ("platformdirs", "run", "server"),
        ("cv2", "run", "server,camera"),
        ("cv2", "demo", "server,camera"),
        ("psycopg", "camera add", "server,postgresql"),
    ],
)
def test_it_names_what_to_install(module: str, command: str, extras: str) -> None:
    explanation = explain_missing(module, command)
    assert explanation is not None
    assert explanation.startswith(f"'camserve {command}' needs ")
    assert explanation.endswith(f'pip install "camserve[{extras}]"')


@pytest.mark.parametrize("module", ["camserve.oops", "sys", None])
def test_other_modules_are_bugs(module: str | None) -> None:
    assert explain_missing(module, "run") is None


def test_the_table_agrees_with_the_distribution() -> None:
    extras = tomllib.loads(PROJECT.read_text())["project"]["optional-dependencies"]
    distributions = {
        "cv2": "opencv-python-headless",
        "quart_trio": "quart-trio",
        "argon2": "argon2-cffi",
        "prometheus_client": "prometheus-client",
    }
    for module, extra in EXTRA_OF.items():
        names = [re.split(r"[\[<>=;]", requirement)[0] for requirement in extras[extra]]
        # Werkzeug comes with Quart.
        assert module == "werkzeug" or distributions.get(module, module) in names
