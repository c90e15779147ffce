from pathlib import Path

import pytest

from tests.camclient.doctor.computer import Computer


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    root = tmp_path / "root"
    root.mkdir()
    return Computer(root)
