"""`camclient doctor`: tries camera, server, token and link, and says what to do about each.

`examine` makes the checks in order; every other file is one check, or what a check must know. A
check answers with a `Finding`, or raises `Trouble` where the ones behind it cannot be made. What is
read below /proc, /sys and /dev is looked up under a root directory, which tests replace.
"""

from functools import partial

from camclient import browsing
from camclient.authority import AuthorityError, trusting
from camclient.camera import source_options
from camclient.config import Config
from camclient.discovery import LookFor, secured
from camclient.doctor.examination import Surroundings, examine
from camclient.doctor.wireless import find_iw
from camclient.exit_status import EXIT_FAULT, EXIT_OK, EXIT_USAGE, fail
from camclient.sources import parse_source
from camserve.settings import Loaded

__all__ = ["Surroundings", "examine", "main"]


async def main(loaded: Loaded[Config]) -> int:
    """Make all checks and print what they find; returns the exit status."""
    config = loaded.settings
    make_source = partial(parse_source, config.source, source_options(config))
    # Flushed line by line: whoever waits sees what it is waiting for, through a pipe too.
    say = partial(print, flush=True)
    try:
        context = trusting(config.ca_file)
    except AuthorityError as error:
        return fail(str(error), EXIT_USAGE)
    look: LookFor = browsing.look if context is None else secured(browsing.look)
    surroundings = Surroundings(
        iw=find_iw(), ssl_context=context, look=lambda seconds: look(seconds, None)
    )
    well = await examine(loaded, make_source, say, surroundings)
    return EXIT_OK if well else EXIT_FAULT
