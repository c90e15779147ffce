"""The page at / in a real browser: which tiles there are, and which get pictures."""

from pathlib import Path

from tests.browser import Tab
from tests.e2e.browser.cameras import camera_running, grey_jpeg
from tests.serving import running_server

NAMES = "[...document.querySelectorAll('.name')].map((name) => name.textContent).join('|')"
VIEWERS = "(await (await fetch('cameras')).json()).map((camera) => camera.viewers).join('')"


def is_large(camera_id: int) -> str:
    return f"!!document.querySelector('.large[data-camera=\"{camera_id}\"]')"


async def test_cameras_come_and_go_and_change_their_names(tab: Tab, tmp_path: Path) -> None:
    async with running_server(tmp_path, cameras=0) as server:
        await tab.go(server.url("/"))
        await tab.wait_until("!empty.hidden && empty.innerText.includes('camserve camera add')")
        for name in ("garden", "door", "roof"):
            server.registry.add(name)
        await tab.wait_until(f"{NAMES} === 'garden|door|roof' && empty.hidden")
        await tab.evaluate("window.kept = document.querySelector('[data-camera=\"3\"]')")
        server.registry.change(1, name="<b>gate</b>", description="of the garden")
        server.registry.remove(2)
        await tab.wait_until(f"{NAMES} === '<b>gate</b>|roof'")
        assert await tab.evaluate("window.kept.isConnected")
        assert await tab.evaluate("document.querySelector('b') === null")
        assert tab.complaints == []


async def test_enter_shows_a_camera_large_and_escape_all_of_them(tab: Tab, tmp_path: Path) -> None:
    async with running_server(tmp_path, cameras=3) as server:
        await tab.go(server.url("/"))
        await tab.wait_until(f"{VIEWERS} === '111'")
        focused = "document.activeElement.closest('.tile')?.dataset.camera"
        while await tab.evaluate(focused) != "2":
            await tab.press("Tab")
        await tab.press("Enter")
        await tab.wait_until(is_large(2))
        assert await tab.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
        assert await tab.evaluate("document.title") == "camera 2 – camserve"  # noqa: RUF001
        assert await tab.evaluate(
            "document.querySelector('.large .frame').getBoundingClientRect().width === innerWidth"
        )
        # The others are out of sight and cost nothing.
        await tab.wait_until(f"{VIEWERS} === '010'")
        await tab.press("Escape")
        await tab.wait_until(f"!({is_large(2)}) && {VIEWERS} === '111'")
        assert await tab.evaluate(focused) == "2"
        assert await tab.evaluate("document.querySelectorAll('[aria-expanded=true]').length") == 0


async def test_a_large_camera_has_an_address_and_two_ways_back(tab: Tab, tmp_path: Path) -> None:
    async with running_server(tmp_path, cameras=2) as server:
        await tab.go(server.url("/#camera-1"))
        await tab.wait_until(is_large(1))
        await tab.evaluate("back.click()")
        await tab.wait_until(f"!({is_large(1)}) && location.hash === ''")
        await tab.evaluate("document.querySelector('[data-camera=\"2\"] button').click()")
        await tab.wait_until(is_large(2))
        await tab.evaluate("history.back()")
        await tab.wait_until(f"!({is_large(2)})")
        await tab.evaluate("document.querySelector('[data-camera=\"2\"] button').click()")
        await tab.wait_until(is_large(2))
        server.registry.remove(2)
        await tab.wait_until("!document.documentElement.classList.contains('one')")


async def test_nobody_pays_for_tiles_that_nobody_sees(tab: Tab, tmp_path: Path) -> None:
    async with running_server(tmp_path, cameras=8) as server:
        await tab.resize(360, 600)
        await tab.go(server.url("/"))
        await tab.wait_until(f"/^11.+00$/.test({VIEWERS})")
        await tab.evaluate("scrollTo(0, document.body.scrollHeight)")
        await tab.wait_until(f"/^00.+11$/.test({VIEWERS})")
        await tab.evaluate("document.querySelector('[data-camera=\"8\"] button').click()")
        await tab.wait_until(f"{VIEWERS} === '00000001'")
        await tab.press("Escape")
        await tab.wait_until(f"/^00.+11$/.test({VIEWERS}) && scrollY > 0")
        assert tab.complaints == []


async def test_a_hidden_page_asks_for_nothing(tab: Tab, tmp_path: Path) -> None:
    async with running_server(tmp_path, cameras=2) as server:
        await tab.go(server.url("/"))
        await tab.wait_until(f"{VIEWERS} === '11'")
        await set_hidden(tab, True)
        await tab.wait_until(f"{VIEWERS} === '00'")
        await set_hidden(tab, False)
        await tab.wait_until(f"{VIEWERS} === '11'")


async def set_hidden(tab: Tab, hidden: bool) -> None:
    # Chromium without a window never hides a page.
    await tab.evaluate(
        f"""Object.defineProperty(document, "hidden", {{
            configurable: true, value: {str(hidden).lower()}
        }});
        document.dispatchEvent(new Event("visibilitychange"))"""
    )


# Elements that stick out of the window or of their tile, and tiles that lie on each other.
MISPLACED = """(() => {
    const wrong = [];
    const box = (element) => element.getBoundingClientRect();
    if (document.documentElement.scrollWidth > innerWidth) wrong.push("page is too wide");
    const tiles = [...document.querySelectorAll(".tile")].filter((tile) => box(tile).width > 0);
    for (const tile of tiles) {
        for (const other of tiles) {
            const [a, b] = [box(tile), box(other)];
            const apart = a.right <= b.left || b.right <= a.left
                || a.bottom <= b.top || b.bottom <= a.top;
            if (tile !== other && !apart) wrong.push("tiles lie on each other");
        }
        for (const part of tile.querySelectorAll(".frame, .age, .name, .word, .detail")) {
            const [inner, outer] = [box(part), box(tile)];
            if (inner.width === 0) continue;
            if (part.scrollWidth > part.clientWidth && part.clientWidth > 0
                && getComputedStyle(part).overflowX !== "hidden") wrong.push("cut off");
            if (inner.left < outer.left || inner.right > outer.right || inner.top < outer.top
                || inner.bottom > outer.bottom) wrong.push(part.className);
        }
    }
    return wrong.join(", ");
})()"""


async def test_nothing_is_cut_off_at_any_width(tab: Tab, tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, cameras=4, stale_after=0.5) as server,
        camera_running(server, server.cameras[0]),
        server.publisher(server.cameras[1]) as publisher,
    ):
        await publisher.send(grey_jpeg())
        server.registry.change(2, name="a name that is much too long for a tile " * 2)
        await tab.go(server.url("/"))
        for kind in ("live", "stale", "offline"):
            await tab.wait_until(f"document.querySelector('[data-kind={kind}]')")
        columns = []
        for width, height in ((360, 740), (1280, 800), (1920, 1080)):
            await tab.resize(width, height)
            assert await tab.evaluate(MISPLACED) == ""
            columns.append(
                await tab.evaluate("getComputedStyle(wall).gridTemplateColumns.split(' ').length")
            )
        assert columns == [1, 2, 2]
        for scheme in ("light", "dark"):
            await tab.prefer(color_scheme=scheme, reduced_motion="reduce")
            await assert_looks(tab, scheme)


async def assert_looks(tab: Tab, scheme: str) -> None:
    """Every state has its own colour and shape, and stands still for those who want that."""
    looks = await tab.evaluate(
        """[...document.querySelectorAll(".mark")].slice(0, 3).map((mark) => {
            const style = getComputedStyle(mark);
            return [style.borderColor, style.clipPath + style.borderRadius, style.animationName];
        })"""
    )
    assert isinstance(looks, list)
    colours, shapes, animations = zip(*looks, strict=True)
    assert len(set(colours)) == len(set(shapes)) == 3
    assert set(animations) == {"none"}
    ground = str(await tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    brightness = sum(int(part) for part in ground.strip("rgb()").split(","))
    assert (brightness > 3 * 128) is (scheme == "light")


async def test_without_javascript_it_says_where_the_pictures_are(tab: Tab, tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        await tab.call("Emulation.setScriptExecutionDisabled", value=True)
        await tab.go(server.url("/"))
        assert "cameras/ID/snapshot.jpg" in str(await tab.evaluate("document.body.innerText"))
