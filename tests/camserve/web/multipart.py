"""Forms as browsers and scripts write them (RFC 7578)."""

BOUNDARY = "----boundary"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def part(name: str, value: bytes | str, filename: str | None = None) -> bytes:
    disposition = f'form-data; name="{name}"'
    if filename is not None:
        disposition += f'; filename="{filename}"\r\nContent-Type: image/jpeg'
    value = value.encode() if isinstance(value, str) else value
    return f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + value + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def form(image: bytes | None = None, /, **fields: str) -> bytes:
    """An upload: the fields in the given order, then the picture."""
    parts = [part(name, value) for name, value in fields.items()]
    if image is not None:
        parts.append(part("image", image, "picture.jpg"))
    return b"".join(parts) + END
