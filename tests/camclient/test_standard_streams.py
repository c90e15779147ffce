"""In processes of their own: pytest needs its streams."""

import subprocess
import sys

import pytest

from tests.processes import environment

CLOSE = "import os, sys; [os.close(int(each)) for each in sys.argv[1]]; os.execv(sys.executable, "
CLOSE += "[sys.executable, '-W', 'error', '-c', sys.argv[2]])"

REPORT = """
import os, sys
from camclient import standard_streams
standard_streams.replace_closed()
standard_streams.replace_closed()  # there is nothing left to do
print("to standard output")
print("to standard error", file=sys.stderr)
os.write(2, b"as a driver does")
paths = [os.readlink(f"/proc/self/fd/{number}") for number in (0, 1, 2)]
standard_streams.flush()
connection = os.open("/", os.O_RDONLY)
os._exit(sum(2**n for n in range(3) if paths[n] == "/dev/null") if connection > 2 else 99)
"""

FLUSH = """
import os, sys
from camclient import standard_streams
sys.stdout.write("kept back")
standard_streams.flush()
os._exit(7)
"""


@pytest.mark.parametrize("closed", ["", "0", "2", "12", "02", "012"])
def test_what_is_closed_leads_to_nowhere(closed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLOSE, closed, REPORT],
        env=environment(),
        stdin=subprocess.PIPE,
        capture_output=True,
        check=False,
    )
    assert done.returncode == sum(2 ** int(number) for number in closed)
    assert done.stdout == (b"" if "1" in closed else b"to standard output\n")
    assert done.stderr == (b"" if "2" in closed else b"to standard error\nas a driver does")


def test_a_full_disk_is_no_reason_not_to_end_well() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", FLUSH],
            env=environment(PYTHONUNBUFFERED=""),
            stdout=full,
            check=False,
        )
    assert done.returncode == 7
