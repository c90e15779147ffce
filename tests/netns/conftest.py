"""Short here; `nox -s network` takes its time, and tries more."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import trio

from tests.links.viewer import Viewer
from tests.netns.site import Site, as_at_first, open_site
from tests.netns.times import Times

LONG = os.environ.get("NETWORK_PROFILE") == "long"
STARTUP = 20.0  # seconds; for two programs on a small machine

collect_ignore = [] if LONG else ["test_more.py"]


@pytest.fixture(scope="session")
def times() -> Times:
    return Times(watched=60, down=30) if LONG else Times(watched=3, down=2)


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(tmp_path_factory.mktemp("network")) as made:
        yield made


@pytest.fixture
async def viewer(network: Site, nursery: trio.Nursery) -> AsyncIterator[Viewer]:
    """It sees pictures, over a perfect network."""
    viewer = network.viewer()
    nursery.start_soon(viewer.watch)
    with trio.fail_after(STARTUP):
        await viewer.picture()
        while not as_at_first(await viewer.pictures(0.5)):
            pass
    yield viewer
    network.mend()
