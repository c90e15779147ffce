"""`python -m tests.links.camera`: the real camclient with a stamped camera.

Options are camclient's own. `--source` says how large the pictures are: `stamped:30000` bytes,
and perhaps the number that they show: `stamped:30000:7`.
"""

import sys

import camclient.sources
from tests.links.stamped import StampedSource


def stamped_source(
    spec: str, options: camclient.sources.SourceOptions | None = None
) -> camclient.sources.Source:
    fps = options.fps if options else None
    _, size, *number = spec.split(":")
    return StampedSource(fps or 15, int(size), *map(int, number))


if __name__ == "__main__":
    # Before anything takes the name out of there.
    camclient.sources.parse_source = stamped_source
    from camclient.cli import main

    sys.exit(main())
