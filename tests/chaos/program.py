"""`python -m tests.chaos.program NUMBER FPS BYTES`: stamped pictures for `exec:`."""

import sys
import time

from tests.links.stamped import StampedSource


def main(camera: int, fps: float, size: int) -> None:
    source = StampedSource(fps, size, camera)
    while True:
        sys.stdout.buffer.write(source.read().encode(80))
        sys.stdout.buffer.flush()
        time.sleep(1 / fps)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
    except (BrokenPipeError, KeyboardInterrupt):
        sys.stderr.close()
