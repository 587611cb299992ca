"""Unfolding a compressed reply, a bounded piece at a time."""

import zlib
from collections.abc import Callable
from typing import Final

Decoder = Callable[[bytes, int], bytes]

GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS


class BadEncodingError(Exception):
    """The reply is packed in a way we do not know, or broken."""


def decoder_for(encoding: str) -> Decoder:
    """Return a function that takes a chunk and the most bytes to give back for it."""
    match encoding.strip().lower():
        case "" | "identity":
            return lambda chunk, _: chunk
        case "gzip" | "x-gzip" | "deflate":
            return _inflate()
    raise BadEncodingError


def _inflate() -> Decoder:
    unfold = zlib.decompressobj(GZIP_OR_ZLIB)

    def decode(chunk: bytes, most: int) -> bytes:
        try:
            # Nothing asks for what is left behind: more than `most` ends the reading.
            return unfold.decompress(chunk, max(1, most))
        except zlib.error:
            raise BadEncodingError from None

    return decode
