"""What processes may do to one database at the same time, and what the database may do to us."""

import itertools
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from camserve.registry import DatabaseError, Registry
from tests.postgres import PostgresServer

OPEN_AND_ADD = """
import sys
from camserve.registry import Registry
import camserve.registry.cameras, alembic.command
print("ready", flush=True)
sys.stdin.readline()
with Registry.open(sys.argv[1]) as registry:
    print(registry.add(sys.argv[2]).id)
"""

ADD_FOR_EVER = """
import itertools, sys
from camserve.registry import Registry
registry = Registry.open(sys.argv[1])
for number in itertools.count():
    print(registry.add(f"camera {number}").name, flush=True)
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    return (line.strip() for line in process.stdout)


def test_processes_that_start_at_once_share_a_new_database(url: str) -> None:
    processes = [start(OPEN_AND_ADD, url, f"camera {number}") for number in range(3)]
    assert [next(lines(process)) for process in processes] == ["ready"] * 3
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate()[0] for process in processes]
    assert sorted(answers) == ["1\n", "2\n", "3\n"]
    with Registry.open(url) as registry:
        assert len(registry.cameras()) == 3


@pytest.mark.parametrize("acknowledged", [1, 8])
def test_what_was_acknowledged_survives_a_kill(url: str, acknowledged: int) -> None:
    process = start(ADD_FOR_EVER, url)
    names = list(itertools.islice(lines(process), acknowledged))
    process.send_signal(signal.SIGKILL)
    # communicate() would miss what was read ahead above; a line cut in half was never said.
    assert process.stdin is not None
    assert process.stdout is not None
    names += process.stdout.read().split("\n")[:-1]
    process.stdin.close()
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    with Registry.open(url) as registry:
        stored = [camera.name for camera in registry.cameras()]
        assert stored[: len(names)] == names
        assert len(stored) <= len(names) + 1
        registry.add("after the kill")


def test_an_error_inside_a_transaction_undoes_it(registry: Registry) -> None:
    def fail(*_: object) -> int:
        raise ZeroDivisionError

    before = registry.revision()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("camserve.registry.rows.next_generation", fail)
        with pytest.raises(ZeroDivisionError):
            registry.add("a")
    assert registry.revision() == before
    assert registry.add("a").id == 1


def test_the_revisions_of_two_databases_do_not_meet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revisions = []
    for seconds in (1000, 1001):
        monkeypatch.setattr("time.time_ns", lambda now=seconds: now * 10**9)
        with Registry.open(f"sqlite:///{tmp_path}/{seconds}.db") as registry:
            revisions.append(registry.revision())
    assert revisions == [1_000_000, 1_001_000]


def test_an_unreachable_server_is_one_line_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql://ann:tmp@/cameras?host={tmp_path}&password=pytest"
    with pytest.raises(DatabaseError, match=r"^[^\n]*; check that its server runs [^\n]*$") as e:
        Registry.open(url)
    assert str(e.value).startswith(f"cannot use the database cameras (PostgreSQL at {tmp_path}): ")
    said = str(e.value).split("): ", 1)[1]
    assert "***" in said
    assert "tmp" not in said
    assert "pytest" not in said


def test_a_database_that_does_not_exist_is_one_line(postgres: PostgresServer) -> None:
    with pytest.raises(DatabaseError, match=r'^[^\n]*"nowhere" does not exist[^\n]*$'):
        Registry.open(postgres.url("nowhere"))


def test_a_missing_driver_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DatabaseError, match=r"^[^\n]*pip install 'camserve\[postgresql\]'$") as e:
        Registry.open("postgresql://ann:secret@localhost/cameras")
    assert "secret" not in str(e.value)


def test_tables_of_other_programs_in_postgresql_stay_untouched(postgres: PostgresServer) -> None:
    database = postgres.new_database()
    name = database.partition("@/")[2].partition("?")[0]
    for table in ("cameras", "alembic_version"):
        statement = f"CREATE TABLE {table} (id int)"
        postgres.run("psql", "-qh", str(postgres.folder), "-U", "postgres", "-c", statement, name)
    with Registry.open(database) as registry:
        assert registry.add("a").id == 1


def test_a_restart_of_postgresql_is_not_noticed(postgres: PostgresServer) -> None:
    with Registry.open(postgres.new_database()) as registry:
        registry.add("a")
        postgres.stop()
        try:
            with pytest.raises(DatabaseError, match="check that its server runs"):
                registry.cameras()
        finally:
            postgres.start()
        assert [camera.name for camera in registry.cameras()] == ["a"]
        postgres.stop()
        postgres.start()
        assert [camera.name for camera in registry.cameras()] == ["a"]
