"""All checks in order, each finding said as soon as it is known."""

import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from camclient import browsing
from camclient.config import Config
from camclient.discovery import Look
from camclient.doctor.board import check_board
from camclient.doctor.camera import check_source
from camclient.doctor.discovered import SUBJECT as NETWORK
from camclient.doctor.discovered import discover
from camclient.doctor.finding import Finding, fail, ok, skip
from camclient.doctor.link import check_link
from camclient.doctor.processes import publishers
from camclient.doctor.server import dial
from camclient.doctor.settings import check_settings
from camclient.doctor.token import check_token
from camclient.doctor.trouble import Trouble, after_hello
from camclient.doctor.wireless import check_wireless
from camclient.endpoint import Endpoint, parse_endpoint
from camclient.failures import PushError
from camclient.rate import DEFAULT_QUALITY
from camclient.sources import Source
from camclient.trial import Trial
from camserve.settings import Loaded

#: The checks that share a connection; when one fails those behind it cannot be made.
SERVER, TOKEN, LINK = STAGES = ("server", "token", "link")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a test replaces.

    Attributes:
        root: where /proc, /sys and /dev are looked up.
        iw: the program that knows about Wi-Fi; None when there is none.
        ssl_context: for `wss`; None: the system's authorities.
        look: for servers on the local network.
    """

    root: Path = Path("/")
    iw: str | None = None
    ssl_context: ssl.SSLContext | None = None
    look: Look = browsing.look


async def examine(
    loaded: Loaded[Config],
    make_source: Callable[[], Source],
    say: Callable[[Finding], None],
    surroundings: Surroundings,
) -> bool:
    """Make all checks, each within a few seconds; whether all is well.

    make_source: makes the source of the settings; may raise what `parse_source` does.
    """
    config = loaded.settings
    examination = Examination(config, say, surroundings)
    examination.found(check_settings(loaded))
    trial = await examination.source(make_source)
    endpoint = await examination.endpoint()
    if endpoint is not None:
        await examination.connection(endpoint, trial)
    await examination.computer(endpoint)
    return examination.all_well


class Examination:
    """One run of the doctor. say: takes each finding."""

    def __init__(
        self, config: Config, say: Callable[[Finding], None], surroundings: Surroundings
    ) -> None:
        self.all_well = True
        self._config = config
        self._say = say
        self._surroundings = surroundings

    def found(self, finding: Finding) -> None:
        self.all_well = self.all_well and finding.is_well
        self._say(finding)

    async def source(self, make_source: Callable[[], Source]) -> Trial | None:
        finding, trial = await check_source(
            self._config.source,
            make_source,
            self._config.quality or DEFAULT_QUALITY,
            self._surroundings.root,
        )
        self.found(finding)
        return trial

    async def endpoint(self) -> Endpoint | None:
        """Where the server is; None: it was not found."""
        if self._config.server is not None:
            return parse_endpoint(self._config.server)
        try:
            finding, endpoint = await discover(
                self._surroundings.look, self._surroundings.ssl_context
            )
        except Trouble as trouble:
            self.found(fail(NETWORK, str(trouble), *trouble.hints))
            self._skip(STAGES, NETWORK)
            return None
        self.found(finding)
        return endpoint

    async def connection(self, endpoint: Endpoint, trial: Trial | None) -> None:
        """Server, token and link, on one connection."""
        config, stage = self._config, SERVER
        assert config.token is not None  # as with the server
        try:
            async with dial(endpoint, self._surroundings.ssl_context) as line:
                self.found(ok(SERVER, f"{endpoint} answers in {line.seconds * 1000:.0f} ms"))
                stage = TOKEN
                finding = await check_token(line, config.camera_id, config.token)
                self.found(ok(TOKEN, finding, *self._interrupted()))
                stage = LINK
                self.found(await check_link(line, trial, wanted_fps=config.fps))
        except PushError as error:
            trouble = error
            if stage != SERVER and not isinstance(error, Trouble):
                trouble = after_hello(error, config.camera_id)
            hints = trouble.hints if isinstance(trouble, Trouble) else ()
            self.found(fail(stage, str(trouble), *hints))
            self._skip(STAGES[STAGES.index(stage) + 1 :], stage)

    async def computer(self, endpoint: Endpoint | None) -> None:
        """Wi-Fi and board: no faults by themselves, but the cause of some."""
        root, iw = self._surroundings.root, self._surroundings.iw
        if endpoint is not None:
            self.found(await check_wireless(endpoint.host, root, iw))
        board = check_board(root)
        if board is not None:
            self.found(board)

    def _skip(self, stages: Iterable[str], cause: str) -> None:
        for stage in stages:
            self.found(skip(stage, f"not tried, because of the {cause}"))

    def _interrupted(self) -> tuple[str, ...]:
        """Of the camclients on this computer, those that our hello may have thrown out."""
        running = publishers(self._surroundings.root / "proc")
        return tuple(
            f"camclient runs here (process {number}): if it is this camera, it was just thrown out "
            "and comes back within 30 s"
            for number in running
        )
