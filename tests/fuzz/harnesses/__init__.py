"""One harness per module: `check(data)` gives bytes to our code, and raises when it does wrong.

The first line of each says the invariant. A harness knows nothing of atheris.
"""

import importlib
from collections.abc import Callable
from pathlib import Path

Check = Callable[[bytes], None]

NAMES = sorted(
    path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_")
)


def harness(name: str) -> Check:
    check: Check = importlib.import_module(f"{__name__}.{name}").check
    return check
