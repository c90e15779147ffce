"""What is done to bytes that a server would understand, so that it does not quite."""

from random import Random

#: Pieces that have broken parsers before.
DYNAMITE = [
    b"\0",
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x00\x00\x00\x80",
    b"\xc3",
    b"\xed\xa0\x80",  # a surrogate in UTF-8
    b"\xf4\x90\x80\x80",  # beyond Unicode
    b"-1",
    b"99999999999999999999",
    b"0x10",
    b"%00",
    b"%2e%2e/",
    b": ",
    b"chunked",
    b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff",  # a WebSocket frame of exabytes
    b"\x88\x80\0\0\0\0",
    b"\xff\xd8\xff\xe0",
]


def mutated(valid: bytes, random: Random) -> bytes:
    """The same with one to four changes."""
    data = bytearray(valid)
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(data) + 1)
        length = min(len(data) - place, random.choice([1, 1, 2, 4, 16, 64]))
        match random.randrange(6):
            case 0 if length:
                data[place] ^= 1 << random.randrange(8)
            case 1:
                del data[place : place + length]
            case 2:
                data[place:place] = data[place : place + length] * random.choice([1, 2, 50])
            case 3:
                data[place:place] = random.choice(DYNAMITE)
            case 4:
                data[place : place + length] = random.randbytes(length)
            case _:
                del data[place:]
    return bytes(data)


def noise(random: Random) -> bytes:
    """Bytes, or printable characters, mostly few of them."""
    size = int(2 ** random.uniform(0, 12)) - 1
    if random.random() < 0.5:
        return random.randbytes(size)
    return bytes(random.choices(range(32, 127), k=size))
