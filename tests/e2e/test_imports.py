"""What a camera's program loads on the smallest computer, asked of the interpreter itself."""

import sys

import pytest

from tests.processes import run

OF_THE_SERVER = {"quart", "quart_trio", "hypercorn", "flask", "werkzeug", "sqlalchemy", "alembic"}
OF_THE_SOURCES = {"cv2", "numpy"}


@pytest.mark.parametrize("module", ["camclient", "camclient.cli"])
def test_camclient_loads_neither_a_server_nor_opencv(module: str) -> None:
    done = run([sys.executable, "-X", "importtime", "-c", f"import {module}"])
    assert done.returncode == 0
    # "import time: self [us] | cumulative | imported package", with indented names
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert module in loaded
    packages = {name.partition(".")[0] for name in loaded}
    assert not packages & (OF_THE_SERVER | OF_THE_SOURCES)
