"""The parts of a running server, and what settings mean for each of them."""

from dataclasses import dataclass
from functools import partial

from camserve.config import Config
from camserve.credentials import Credentials, CredentialsError
from camserve.ingest import Ingest
from camserve.net.admission import Admission, Limits
from camserve.registry import Catalogue
from camserve.relay import CameraLimits, Hub, State
from camserve.reload import ReloadError
from camserve.web import Frontend, Proxies


def connection_limits(config: Config) -> Limits:
    return Limits(
        config.max_connections,
        config.max_unauthenticated_connections,
        config.max_unauthenticated_per_address,
        config.trusted_proxies,
    )


def camera_limits(config: Config) -> CameraLimits:
    return CameraLimits(config.max_frame_rate, config.max_viewers_per_camera)


@dataclass(frozen=True, slots=True)
class Components:
    """watch: the address for viewers, as the server itself knows it"""

    credentials: Credentials
    catalogue: Catalogue
    admission: Admission
    hub: Hub
    ingest: Ingest
    frontend: Frontend
    watch: str

    async def apply(self, config: Config) -> None:
        """Put in force what these settings change at once; see `camserve.reload.AT_ONCE`.

        Raises: ReloadError, and then nothing was changed.
        """
        try:
            await self.credentials.apply(config)  # first: nothing behind it can fail
        except CredentialsError as error:
            raise ReloadError(str(error)) from error
        self.admission.configure(connection_limits(config))
        self.hub.configure(camera_limits(config))
        self.ingest.configure(
            max_frame_bytes=config.max_frame_bytes,
            max_head_bytes=config.max_header_bytes,
            handshake_timeout=config.handshake_timeout,
            publisher_timeout=config.publisher_timeout,
        )
        self.frontend.configure(
            max_frame_bytes=config.max_frame_bytes,
            max_head_bytes=config.max_header_bytes,
            max_body_bytes=config.max_body_bytes,
            share=partial(self.credentials.share, config.public_url or self.watch),
            proxies=Proxies(config.trusted_proxies, config.root_path),
            public_url=config.public_url,
        )

    def describe(self) -> str:
        """How the server is doing, in one line."""
        cameras = [camera.id for camera in self.catalogue.cameras()]
        online = sum(self.hub.state(one) is State.ONLINE for one in cameras)
        viewers = sum(len(self.hub.viewers(one)) for one in cameras)
        return f"{online} of {len(cameras)} cameras online, {viewers} viewers"
