"""Players of others, without a window: `python -m tests.e2e.players PROGRAM …` is one, too.

They run until they have shown some pictures.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import PATIENCE, environment, eventually

PICTURES = 5  # that a player has to show
MISSING = 96  # exit status: the player is not on this computer
#: Where programs are, without what a test has put in front of them.
PLACES = "/usr/local/bin:/usr/bin:/bin"
VLC = ["-I", "dummy", "--no-audio", "--vout=dummy", "--video-filter=scene", "--scene-format=jpg"]
MPV = ["--no-config", "--vo=image", "--vo-image-format=jpg", "--ao=null"]
QUICK = ["--cache=no", "--demuxer-lavf-analyzeduration=0.1"]
#: Takes the pictures that it shows out of ffplay, whose window is none.
FFPLAY = ["-loglevel", "info", "-vf"]


class NotShownError(Exception):
    """The player ended, or showed nothing for too long; the message is what it wrote."""


def show(words: list[str], folder: Path) -> list[Path]:
    """Run a player's command line until it has shown PICTURES; the pictures, in `folder`.

    ffplay leaves what it says of them instead.

    Raises: NotShownError.
    """
    command, variables = headless(words, folder)
    log = folder / "log"
    with log.open("wb") as output:
        player = subprocess.Popen(
            command,
            env=environment(HOME=str(folder), **variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            eventually(lambda: shown(folder) >= PICTURES or player.poll() is not None)
        except AssertionError:
            raise NotShownError(log.read_text(errors="replace")) from None
        finally:
            player.send_signal(signal.SIGTERM)
            try:
                player.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                player.kill()
                player.wait()
    if shown(folder) < PICTURES:
        raise NotShownError(log.read_text(errors="replace"))
    return sorted(folder.glob("*.jpg"))


def headless(words: list[str], folder: Path) -> tuple[list[str], dict[str, str]]:
    """The same without a window, and the variables that it needs."""
    program, *options = words
    found = shutil.which(program, path=PLACES)
    if found is None:
        raise FileNotFoundError(program)
    match program:
        case "vlc":
            save = [f"--scene-path={folder}", "--scene-ratio=1"]
            # It refuses to run as root.
            nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            return [*(nobody if os.getuid() == 0 else []), found, *options, *VLC, *save], {}
        case "mpv":
            return [found, *options, *MPV, *QUICK, f"--vo-image-outdir={folder}"], {}
        case "ffplay":
            variables = {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}
            return [found, *options, *FFPLAY, "showinfo"], variables
    raise ValueError(program)


def shown(folder: Path) -> int:
    """How many pictures a player has shown so far."""
    said = (folder / "log").read_text(errors="replace").count(" pts_time:")
    return max(said, len(list(folder.glob("*.jpg"))))


@contextmanager
def anyones_folder() -> Iterator[Path]:
    """A folder that every user may write to; those of pytest are private."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def main() -> int:
    with anyones_folder() as folder:
        try:
            show(sys.argv[1:], folder)
        except FileNotFoundError:
            return MISSING
        except NotShownError as error:
            sys.stderr.write(str(error))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
