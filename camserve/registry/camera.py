"""One registered camera, and the limits of its fields."""

import unicodedata
from dataclasses import dataclass

from camserve.registry.errors import InvalidCameraError

#: Ids travel as signed 32-bit integers in the ingest protocol; 0 and below are never given.
MAX_CAMERA_ID = 2**31 - 1
#: characters; a name is one line on a button of the web page
MAX_NAME_LENGTH = 100
#: characters
MAX_DESCRIPTION_LENGTH = 1000
#: The token generation of an id that is used for the first time and was never rotated. Only then
#: do tokens count that camserve did not make itself (the old scheme, imported ones).
FIRST_GENERATION = 1

#: Unicode categories: control characters, lone surrogates (no database stores them), and the
#: two line separators. Formatting characters (Cf) stay allowed: emoji are joined with them.
NOT_IN_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})
#: What a description may have of these all the same.
DESCRIPTION_CONTROLS = "\n\r\t"


@dataclass(frozen=True, slots=True)
class Camera:
    """A registered source of pictures.

    id: 1 to MAX_CAMERA_ID; token_generation: from FIRST_GENERATION on, rises at each rotation and
    when a removed id is used again; imported_token_sha256: 64 lowercase hex digits, the SHA-256 of
    the token that the camera had on another server, None once rotated.
    """

    id: int
    name: str
    description: str
    movable: bool
    allow_open_upload: bool
    token_generation: int
    imported_token_sha256: str | None


def is_camera_id(number: int) -> bool:
    return 1 <= number <= MAX_CAMERA_ID


def checked_id(camera_id: int) -> int:
    """The id as it is. Raises: InvalidCameraError."""
    if not is_camera_id(camera_id):
        raise InvalidCameraError("id", f"a whole number from 1 to {MAX_CAMERA_ID}, not {camera_id}")
    return camera_id


def checked_name(name: str) -> str:
    """The name without surrounding white space. Raises: InvalidCameraError."""
    name = name.strip()
    if not name:
        raise InvalidCameraError("name", f"1 to {MAX_NAME_LENGTH} characters, not an empty one")
    if len(name) > MAX_NAME_LENGTH:
        raise InvalidCameraError("name", f"1 to {MAX_NAME_LENGTH} characters, not {len(name)}")
    if any(unicodedata.category(character) in NOT_IN_TEXT for character in name):
        raise InvalidCameraError("name", "text without control characters or line breaks")
    return name


def checked_description(description: str) -> str:
    """The description as it is; it may have several lines. Raises: InvalidCameraError."""
    if len(description) > MAX_DESCRIPTION_LENGTH:
        raise InvalidCameraError(
            "description", f"at most {MAX_DESCRIPTION_LENGTH} characters, not {len(description)}"
        )
    for character in description:
        if character not in DESCRIPTION_CONTROLS and unicodedata.category(character) in NOT_IN_TEXT:
            raise InvalidCameraError("description", "text without control characters")
    return description
