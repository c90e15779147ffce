import hashlib
import hmac
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camserve.registry import Camera, Tokens

LEGACY_SECRET = "NOTsoSECRETsecretUsedFORtESTS1234908"
#: Tokens that cameras in the field have.
LEGACY_TOKENS = {
    1: "b5b9aea262709ebde6a9452a790216100c9724a830fec86f4cd242720c6add7e",
    2: "041b439e55f8209659496220fad608c530c254ff86522fdfac1c7ac1b9257766",
}
SECRET = b"0123456789abcdef"

cameras = st.builds(
    Camera,
    id=st.integers(1, 2**31 - 1) | st.integers(1, 3),
    name=st.just("door"),
    description=st.just(""),
    movable=st.booleans(),
    allow_open_upload=st.booleans(),
    token_generation=st.integers(1, 3),
    imported_token_sha256=st.none() | st.text(max_size=64),
)
#: Any str at all, lone surrogates too.
texts = st.text(st.characters(exclude_categories=()))


def camera(number: int = 1, generation: int = 1, imported: str | None = None) -> Camera:
    return Camera(number, "door", "", False, False, generation, imported)


def test_a_token_is_the_hmac_of_id_and_generation() -> None:
    expected = hmac.new(SECRET, b"camserve:7:3", hashlib.sha256).hexdigest()
    assert Tokens(SECRET).token(camera(7, 3)) == expected


@given(st.binary(min_size=1), cameras)
def test_a_token_is_64_lowercase_hex_digits_and_verifies(secret: bytes, camera: Camera) -> None:
    """Invariant: what token() gives out, verify() accepts, and it is ASCII of constant length."""
    tokens = Tokens(secret)
    token = tokens.token(camera)
    assert len(token) == 64
    assert set(token) <= set(string.hexdigits.lower())
    assert tokens.verify(camera, token)


@given(cameras, cameras)
def test_a_token_never_verifies_for_another_camera_or_generation(a: Camera, b: Camera) -> None:
    """Invariant: a's token proves to be b only when id and generation are the same."""
    tokens = Tokens(SECRET, LEGACY_SECRET)
    same = (a.id, a.token_generation) == (b.id, b.token_generation)
    assert tokens.verify(b, tokens.token(a)) == same


@given(cameras, texts)
def test_any_other_text_is_refused_and_never_raises(camera: Camera, text: str) -> None:
    """Invariant: verify() answers False to every str that is not the token."""
    tokens = Tokens(SECRET, LEGACY_SECRET)
    assert not tokens.verify(camera, text)


@pytest.mark.parametrize(
    "spoilt",
    [str.upper, lambda t: t[:-1], lambda t: t + "0", lambda t: f" {t}", lambda t: t + "\udcff"],
)
def test_a_token_counts_only_when_it_is_exact(spoilt: type[str]) -> None:
    tokens = Tokens(SECRET)
    assert not tokens.verify(camera(), spoilt(tokens.token(camera())))


def test_another_secret_gives_another_token() -> None:
    assert not Tokens(b"another secret").verify(camera(), Tokens(SECRET).token(camera()))


@pytest.mark.parametrize(("number", "token"), LEGACY_TOKENS.items())
def test_tokens_of_the_old_scheme_count(number: int, token: str) -> None:
    assert Tokens(SECRET, LEGACY_SECRET).verify(camera(number), token)


@pytest.mark.parametrize(
    ("legacy_secret", "camera"),
    [
        pytest.param(LEGACY_SECRET, camera(generation=2), id="rotated"),
        pytest.param(LEGACY_SECRET, camera(2), id="of another camera"),
        pytest.param("another", camera(), id="of another secret"),
        pytest.param(None, camera(), id="without the secret"),
    ],
)
def test_tokens_of_the_old_scheme_do_not_count(legacy_secret: str | None, camera: Camera) -> None:
    assert not Tokens(SECRET, legacy_secret).verify(camera, LEGACY_TOKENS[1])


@pytest.mark.parametrize("legacy_secret", [None, ""])
def test_no_old_secret_lets_nobody_compute_a_token(legacy_secret: str | None) -> None:
    computable = hashlib.sha256(b"1").hexdigest()
    assert not Tokens(SECRET, legacy_secret).verify(camera(), computable)


def test_an_imported_token_counts_until_the_first_rotation() -> None:
    token = "any text ✓ of any length"
    imported = hashlib.sha256(token.encode()).hexdigest()
    tokens = Tokens(SECRET)
    assert tokens.verify(camera(imported=imported), token)
    assert tokens.verify(camera(imported=imported), tokens.token(camera()))
    assert not tokens.verify(camera(imported=imported, generation=2), token)
    assert not tokens.verify(camera(imported=imported), imported)
    assert not tokens.verify(camera(), token)


def test_the_same_work_is_done_for_every_camera_and_text(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[int, int]] = []

    def compare(a: bytes, b: bytes) -> bool:
        done.append((len(a), len(b)))
        return a == b

    monkeypatch.setattr("camserve.registry.tokens.hmac.compare_digest", compare)
    work = set()
    imported = hashlib.sha256(b"imported").hexdigest()
    for tokens in (Tokens(SECRET), Tokens(SECRET, LEGACY_SECRET)):
        for one in (camera(), camera(generation=2), camera(imported=imported)):
            for text in ("", "é", "x" * 1024, "imported", tokens.token(one), LEGACY_TOKENS[1]):
                tokens.verify(one, text)
                work.add(tuple(done))
                done.clear()
    assert work == {((64, 64),) * 3}
