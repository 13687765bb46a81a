"""What the PDF pool and its workers agree on: messages with their length in front, and one exit code."""

import struct
from typing import IO

NO_PANGO = 3
"""The exit code of a worker that cannot load Pango."""
_LENGTH = struct.Struct(">Q")


def write(pipe: IO[bytes], message: bytes) -> None:
    """Send one message."""
    pipe.write(_LENGTH.pack(len(message)) + message)
    pipe.flush()


def read(pipe: IO[bytes]) -> bytes:
    """Wait for one message. Raises EOFError when the other side is gone."""
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    return _exactly(pipe, length)


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    content = pipe.read(length)
    if len(content) < length:
        raise EOFError
    return content
