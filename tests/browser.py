"""A real Chromium without a window, driven over its DevTools protocol.

The protocol is JSON over one WebSocket: https://chromedevtools.github.io/devtools-protocol/
"""

import base64
import json
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import cast

import pytest
import trio
import trio_websocket

CHROMIUM = "/usr/bin/chromium"
STARTUP = 30.0  # seconds; a cold start reads a few hundred megabytes
PATIENCE = 10.0  # seconds that a condition in a page may take
MAX_MESSAGE_BYTES = 64 * 1024 * 1024  # screenshots

Json = dict[str, object]


class PageError(Exception):
    """JavaScript threw; the message is what it threw."""


@contextmanager
def chromium(profile: Path) -> Iterator[str]:
    """Run Chromium; gives the WebSocket URL that it is driven by. Skips the test without it.

    profile: a directory of its own, which may not exist yet
    """
    if not Path(CHROMIUM).exists():
        pytest.skip("needs the Debian package chromium")
    options = (
        "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
        "--disable-background-networking --disable-component-update --disable-sync "
        "--disable-dev-shm-usage --remote-debugging-port=0"
    )
    command = [CHROMIUM, *options.split(), f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        # Ends the reading below when it hangs before it is ready.
        watchdog = threading.Timer(STARTUP, process.kill)
        watchdog.start()
        try:
            url = ""
            for line in process.stderr:
                if b"DevTools listening on " in line:
                    url = line.decode().split()[-1]
                    break
            watchdog.cancel()
            assert url, "chromium ended before it was ready"
            # What it complains of later must not fill the pipe.
            drain = threading.Thread(target=process.stderr.read, daemon=True)
            drain.start()
            yield url
        finally:
            watchdog.cancel()
            process.terminate()
            process.wait()
            drain.join()


class Browser:
    """The connection to a Chromium; several may be open at once, each with tabs of its own."""

    def __init__(self, socket: trio_websocket.WebSocketConnection) -> None:
        self._socket = socket
        self._last_id = 0
        self._answers: dict[int, trio.MemorySendChannel[Json]] = {}
        self.tabs: dict[str, Tab] = {}

    async def call(self, method: str, *, session: str = "", **parameters: object) -> Json:
        """Call a method of the protocol; its result. Raises: PageError, the browser's answer."""
        self._last_id += 1
        message: Json = {"id": self._last_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        send, receive = trio.open_memory_channel[Json](1)
        self._answers[self._last_id] = send
        await self._socket.send_message(json.dumps(message))
        answer = await receive.receive()
        if "error" in answer:
            raise PageError(f"{method}: {answer['error']}")
        return cast(Json, answer["result"])

    async def read(self) -> None:
        """Hand out answers and events, for ever."""
        while True:
            message: Json = json.loads(await self._socket.get_message())
            if "id" in message:
                self._answers.pop(cast(int, message["id"])).send_nowait(message)
            elif (tab := self.tabs.get(cast(str, message.get("sessionId")))) is not None:
                tab.heard(cast(str, message["method"]), cast(Json, message["params"]))


class Tab:
    """One page.

    complaints: what it logged as an error, and exceptions that nobody caught
    requested: every URL that it asked for, WebSockets included
    """

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self._loaded = trio.Event()
        self.complaints: list[str] = []
        self.requested: list[str] = []

    def heard(self, method: str, parameters: Json) -> None:
        match method:
            case "Page.loadEventFired":
                self._loaded.set()
            case "Network.requestWillBeSent":
                self.requested.append(cast(dict[str, str], parameters["request"])["url"])
            case "Network.webSocketCreated":
                self.requested.append(cast(str, parameters["url"]))
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(parameters["exceptionDetails"]))
            case "Log.entryAdded":
                entry = cast(dict[str, str], parameters["entry"])
                # It asks for that by itself where a page names no icon.
                asked_by_itself = entry.get("url", "").endswith("/favicon.ico")
                if entry["level"] in {"error", "warning"} and not asked_by_itself:
                    self.complaints.append(f"{entry['text']} {entry.get('url', '')}")
            case "Runtime.consoleAPICalled":
                if parameters["type"] in {"error", "warning", "assert"}:
                    self.complaints.append(json.dumps(parameters["args"]))

    async def call(self, method: str, **parameters: object) -> Json:
        return await self._browser.call(method, session=self._session, **parameters)

    async def go(self, url: str) -> None:
        """Open a page and wait until it has loaded."""
        self._loaded = trio.Event()
        await self.call("Page.navigate", url=url)
        with trio.fail_after(PATIENCE):
            await self._loaded.wait()

    async def evaluate(self, expression: str) -> object:
        """The value of a JavaScript expression; a promise is waited for. Raises: PageError."""
        result = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in result:
            details = cast(dict[str, dict[str, str]], result["exceptionDetails"])
            raise PageError(details["exception"].get("description", "no description"))
        return cast(Json, result["result"]).get("value")

    async def wait_until(self, condition: str, patience: float = PATIENCE) -> None:
        """Wait until a JavaScript expression is true.

        patience: seconds

        Raises:
            AssertionError: it did not become true; the message holds the page's text.
        """
        answer = await self.evaluate(
            f"""new Promise((resolve) => {{
                const deadline = performance.now() + {patience * 1000};
                const look = async () => {{
                    if (await ({condition})) resolve("");
                    else if (performance.now() > deadline) resolve(document.body.innerText);
                    else setTimeout(look, 20);
                }};
                look();
            }})"""
        )
        assert answer == "", f"not within {patience} s: {condition}; the page says {answer!r}"

    async def press(self, key: str) -> None:
        """Press and release a key, e.g. `Enter`, `Escape`, `Tab`."""
        code = {"Enter": 13, "Escape": 27, "Tab": 9}[key]
        text = "\r" if key == "Enter" else ""
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                text=text if kind == "keyDown" else "",
            )

    async def resize(self, width: int, height: int) -> None:
        """Give the page a window of so many pixels."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    async def prefer(self, **features: str) -> None:
        """Set what the person prefers, e.g. `color_scheme="dark"`, `reduced_motion="reduce"`."""
        await self.call(
            "Emulation.setEmulatedMedia",
            features=[
                {"name": f"prefers-{name.replace('_', '-')}", "value": value}
                for name, value in features.items()
            ],
        )

    async def screenshot(self) -> bytes:
        """What the window shows, as PNG."""
        return base64.b64decode(cast(str, (await self.call("Page.captureScreenshot"))["data"]))


@asynccontextmanager
async def open_tab(url: str) -> AsyncIterator[Tab]:
    """A new page in a profile of its own, which ends with the block.

    url: as `chromium` gives it
    """
    async with (
        trio_websocket.open_websocket_url(url, max_message_size=MAX_MESSAGE_BYTES) as socket,
        trio.open_nursery() as nursery,
    ):
        browser = Browser(socket)
        nursery.start_soon(browser.read)
        profile = (await browser.call("Target.createBrowserContext"))["browserContextId"]
        target = await browser.call(
            "Target.createTarget", url="about:blank", browserContextId=profile
        )
        attached = await browser.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        session = cast(str, attached["sessionId"])
        tab = browser.tabs[session] = Tab(browser, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            await tab.call(f"{domain}.enable")
        yield tab
        with trio.move_on_after(PATIENCE, shield=True):
            await browser.call("Target.disposeBrowserContext", browserContextId=profile)
        nursery.cancel_scope.cancel()
