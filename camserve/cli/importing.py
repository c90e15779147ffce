"""`camserve camera import URL`: cameras of an old server come over with their tokens."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from camserve.cli.cameras import open_registry
from camserve.cli.errors import CommandError
from camserve.config import Config
from camserve.logs import one_line
from camserve.settings import Loaded

if TYPE_CHECKING:
    from camserve.registry import Import


def import_all(arguments: Mapping[str, object], loaded: Loaded[Config]) -> None:
    """Take the cameras over and print a line for each.

    Raises: CommandError: some could not be; all others are.
    """
    from camserve.registry import Outcome, read_old_cameras  # which import SQLAlchemy

    dry_run = bool(arguments["dry_run"])
    old = read_old_cameras(cast(str, arguments["url"]))
    with open_registry(loaded.settings) as registry:
        imports = registry.import_cameras(old, movable=bool(arguments["movable"]), dry_run=dry_run)
    if arguments["json"]:
        lines = [json.dumps([_fields(one) for one in imports])]
    else:
        lines = [*map(_line, imports), _summary(imports, dry_run)]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    refused = sum(one.outcome is Outcome.REFUSED for one in imports)
    if refused:
        raise CommandError(f"{refused} of {len(imports)} cameras cannot be imported")


def _fields(one: "Import") -> dict[str, object]:
    return {
        "id": one.old.id,
        "name": one.old.name,
        "outcome": one.outcome.value,
        "notes": list(one.notes),
    }


def _line(one: "Import") -> str:
    told = "; ".join([one.outcome.value, *one.notes])
    return one_line(f"camera {one.old.id} ({one.old.name}): {told}")


def _summary(imports: Sequence["Import"], dry_run: bool) -> str:
    if not imports:
        return "the old server has no cameras"
    counts: dict[str, int] = {}
    for one in imports:
        counts[one.outcome.value] = counts.get(one.outcome.value, 0) + 1
    summary = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    return f"{summary} (dry run: nothing was changed)" if dry_run else summary
