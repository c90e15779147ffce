"""How one input says both what arrives and how it is cut: the harnesses' own little format.

count (3 bits of a byte) | count bytes: where to cut, in 256ths | what arrives
"""

from itertools import pairwise

MOST_CUTS = 7


def cut(data: bytes) -> list[bytes]:
    """What arrives, in pieces; some may be empty."""
    count = data[0] & MOST_CUTS if data else 0
    places, rest = data[1 : 1 + count], data[1 + count :]
    edges = [0, *sorted(place * len(rest) // 256 for place in places), len(rest)]
    return [rest[begin:end] for begin, end in pairwise(edges)]


def uncut(data: bytes) -> bytes:
    """An input that brings `data` in one piece."""
    return b"\x00" + data
