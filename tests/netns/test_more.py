"""Changes that the camera's own computer does not see."""

import trio

from tests.links.viewer import Viewer
from tests.netns.site import OTHER_SERVER, Site
from tests.netns.times import Times

#: Promised in the issue.
AFTER_RETURN = 3.0  # seconds
NOTICED = 5.0  # seconds


async def test_a_router_that_forwarded_nothing(network: Site, viewer: Viewer, times: Times) -> None:
    network.forward(False)
    await trio.sleep(times.down)
    network.forward(True)
    with trio.fail_after(AFTER_RETURN):
        await viewer.picture()


async def test_the_server_gets_another_address(network: Site, viewer: Viewer) -> None:
    network.move_server(OTHER_SERVER)
    with trio.fail_after(NOTICED + AFTER_RETURN):
        await viewer.picture()
