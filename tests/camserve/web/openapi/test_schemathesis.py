"""A stranger to camserve reads its OpenAPI document and tries to break what it promises.

Schemathesis sends what the document allows and what it forbids, all values at their limits, and
looks at each answer: no failure of the server, no status, type, header or field that is not
described, what is allowed is taken and what is not is refused, no admin's route answers without a
proof.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from camserve.trust import throttle
from camserve.web import streams
from tests.camserve.web.conftest import ADMIN_TOKEN
from tests.camserve.web.http_viewer import fetch
from tests.processes import environment
from tests.serving import RunningServer

CONFIG = Path(__file__).with_name("schemathesis.toml")
#: Of each operation, besides all values at their limits.
EXAMPLES = 5


@pytest.fixture
def _nobody_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams of cameras that never sent anything, and wrong proofs, are answered at once."""
    monkeypatch.setattr(streams, "FIRST_FRAME_TIMEOUT", 0.01)
    monkeypatch.setattr(throttle, "MAX_DELAY", 0.0)
    monkeypatch.setattr(throttle, "GUESSES", 1_000_000)


@pytest.mark.usefixtures("_nobody_has_to_wait")
async def test_everything_that_the_document_promises_holds(
    server: RunningServer, tmp_path: Path
) -> None:
    options = ["--phases", "coverage,fuzzing", "--checks", "all", "--seed", "1", "--no-color"]
    words = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    words += [server.url("/openapi.json"), *options, "--max-examples", str(EXAMPLES)]
    words += ["--header", f"Authorization: Bearer {ADMIN_TOKEN}", "--request-timeout", "10"]
    done = await trio.run_process(
        words,
        check=False,
        capture_stdout=True,
        stderr=subprocess.STDOUT,
        cwd=tmp_path,
        env=environment(HYPOTHESIS_STORAGE_DIRECTORY=str(tmp_path)),
    )
    said = done.stdout.decode()
    assert done.returncode == 0, said
    tested = re.search(r"Tested: (\d+)", said)
    generated = re.search(r"(\d+) generated", said)
    assert tested
    assert generated
    document = (await fetch(server, "/openapi.json")).body
    # All but the one that the document itself comes from.
    assert int(tested[1]) == document.count(b'"operationId"') - 1
    assert int(generated[1]) > 300
