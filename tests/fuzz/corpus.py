"""The inputs that are kept in the repository, and the words that the fuzzer knows."""

from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
WORDS = Path(__file__).parent / "words.dict"


def inputs(name: str) -> list[Path]:
    """What is kept for one harness."""
    return sorted((CORPUS / name).iterdir())
