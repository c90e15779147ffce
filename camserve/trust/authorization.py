"""The header Authorization, taken apart."""

import base64
import binascii
import unicodedata
from dataclasses import dataclass

from .roles import Means

#: Bytes. Composing takes time that grows with the square of the length, half a second for what a
#: stranger may send; who has a longer password has to type it always in the same way.
MAX_COMPOSED = 1024


@dataclass(frozen=True, slots=True)
class Word:
    """A password or token, in the one form in which such are compared (see word_bytes)."""

    means: Means  # BASIC or BEARER
    text: bytes


def read_authorization(header: str) -> Word | None:
    """The password of Basic (RFC 7617, of any user), the token of Bearer (RFC 6750).

    header: decoded as Latin-1, as it came

    None: another scheme, or not what the scheme says.
    """
    scheme, _, credentials = header.strip().partition(" ")
    credentials = credentials.strip()
    match scheme.lower():
        case "bearer":
            return Word(Means.BEARER, word_bytes(credentials.encode("latin-1", "replace")))
        case "basic":
            try:
                pair = base64.b64decode(credentials, validate=True)
            except (binascii.Error, ValueError):
                return None
            _, colon, password = pair.partition(b":")
            return Word(Means.BASIC, word_bytes(password)) if colon else None
    return None


def word_bytes(given: bytes) -> bytes:
    """One form for a word, however it was typed and sent: composed, in UTF-8.

    Browsers send UTF-8 and a few old tools Latin-1. Systems differ in how they type an "é".
    """
    try:
        text = given.decode()
    except UnicodeDecodeError:
        text = given.decode("latin-1")
    encoded = text.encode()
    if len(encoded) > MAX_COMPOSED:
        return encoded
    return unicodedata.normalize("NFC", text).encode()
