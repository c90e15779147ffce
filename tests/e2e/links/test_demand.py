"""What nobody looks at is hardly sent, and who looks sees it at once."""

import time

import trio

from tests.e2e.links.site import FPS, SIZE, STARTUP, Site, until

ALONE = 6.0  # seconds; longer than between two previews
#: Promised in the issue.
MOST_SHARE = 0.05  # of the bytes of a camera that is watched
DELAY = 0.05  # seconds
SLACK = 0.25  # seconds, for two programs and a test that share a small computer


async def test_a_camera_that_nobody_watches_and_then_somebody(site: Site) -> None:
    site.link.set(delay=DELAY)
    site.nursery.start_soon(site.publish)
    await until(lambda: site.link.up.passed > SIZE, STARTUP)
    await trio.sleep(1)  # the first picture is through
    before = site.link.up.passed
    await trio.sleep(ALONE)
    sent = site.link.up.passed - before
    assert SIZE <= sent < MOST_SHARE * FPS * SIZE * ALONE

    began = time.monotonic()
    site.nursery.start_soon(site.viewer.watch)
    with trio.fail_after(STARTUP):
        seen = await site.viewer.picture()
    assert seen.at - began < 1 / FPS + 2 * DELAY + SLACK
