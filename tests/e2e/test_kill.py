"""kill -9 at any moment costs no camera and no token."""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from tests.e2e.clients import get
from tests.processes import (
    Program,
    RealServer,
    camclient,
    eventually,
    python,
    ready,
    real_server,
    run,
    running,
)

ROUNDS = 6
#: Adds cameras one after the other, as fast as it can, and says which ones are safe.
ADDER = """
import sys
from pathlib import Path
from camserve.registry import Registry, Tokens, load_secret

data_dir, number = Path(sys.argv[1]), sys.argv[2]
tokens = Tokens(load_secret(data_dir, None))
registry = Registry.open(f"sqlite:///{data_dir}/camserve.sqlite3")
for count in range(1000):
    camera = registry.add(f"camera {number}.{count}")
    print(camera.id, tokens.token(camera), flush=True)
"""


def kill(*programs: Program) -> None:
    for program in programs:
        program.process.send_signal(signal.SIGKILL)
    for program in programs:
        assert program.wait() == -signal.SIGKILL


def added(adder: Program) -> dict[int, str]:
    """Tokens by id; a last line that was cut is no promise."""
    lines = [line for line in adder.out.text.splitlines(keepends=True) if line.endswith("\n")]
    return {int(camera_id): token for camera_id, token in map(str.split, lines)}


def shown(server: RealServer) -> set[int]:
    return {camera["id"] for camera in json.loads(get(server.url("/cameras"))[1])}


def test_kill_9_at_random_moments(tmp_path: Path) -> None:
    seed = int(os.environ.get("KILL_SEED") or random.randrange(10**6))
    print("KILL_SEED", seed)  # noqa: T201  # pytest shows it when this fails
    chance = random.Random(seed)
    promised: dict[int, str] = {}
    serve = python("camserve", "run", "--data-dir", tmp_path, "--port", "0", "--ingest-port", "0")
    for number in range(ROUNDS):
        add = [sys.executable, "-c", ADDER, str(tmp_path), str(number)]
        with running(serve) as server, running(add) as adder:
            # Every other round hits the start: in the first one secret and tables are made.
            if number % 2:
                assert shown(ready(server)) >= promised.keys()
                adder.out.wait_for(rf"(.+\n){{{chance.randint(1, 20)}}}")
            time.sleep(chance.uniform(0, 0.1 if number % 2 else 1.2))  # the random moment
            assert (server.process.poll(), adder.process.poll()) == (None, None)
            kill(*chance.sample([server, adder], 2))
            promised |= added(adder)
    assert len(promised) > ROUNDS / 2
    with real_server(tmp_path) as again:
        assert shown(again) >= promised.keys()
        for camera_id in chance.sample(sorted(promised), 2):
            asked = run(
                python("camserve", "camera", "token", str(camera_id), "--data-dir", tmp_path)
            )
            assert asked.stdout == f"{promised[camera_id]}\n"
        camera_id, token = chance.choice(sorted(promised.items()))
        with running(camclient(again.ingest, camera_id, token, "--source", "test")):
            url = again.url(f"/get-image?cameraId={camera_id}")
            eventually(lambda: get(url)[0] == 200)
