"""Pure: content identifiers (CIDs), version 0 and 1, as bytes and as text."""

import base64
import hashlib
from dataclasses import dataclass

RAW, DAG_PB = 0x55, 0x70
"""Codecs: bytes as they are, and the nodes of UnixFS."""

IDENTITY, SHA2_256 = 0x00, 0x12
"""Hash functions: the content itself, which needs no block, and the one that is used here."""

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def varint(value: int) -> bytes:
    """An unsigned integer as in protocol buffers and multiformats."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data: bytes | memoryview, at: int = 0) -> tuple[int, int]:
    """The integer at a place, and the place after it. Raises ValueError if there is none."""
    value = shift = 0
    for place in range(at, min(at + 10, len(data))):
        value |= (data[place] & 0x7F) << shift
        shift += 7
        if data[place] < 0x80:
            return value, place + 1
    raise ValueError("an integer that does not end")


@dataclass(frozen=True)
class Cid:
    """A content identifier: what a block is (its codec), and its hash with the hash's own name and length (a multihash)."""

    version: int
    codec: int
    multihash: bytes

    def __bytes__(self) -> bytes:
        return self.multihash if self.version == 0 else varint(1) + varint(self.codec) + self.multihash

    def __str__(self) -> str:
        """Version 0 in base58, as ``Qm…``; version 1 in base32, as ``bafy…``."""
        if self.version == 0:
            return _base58(self.multihash)
        return "b" + base64.b32encode(bytes(self)).decode().rstrip("=").lower()

    @property
    def hash_code(self) -> int:
        """The hash function's code."""
        return read_varint(self.multihash)[0]

    @property
    def digest(self) -> bytes:
        """The hash itself."""
        _, at = read_varint(self.multihash)
        return self.multihash[read_varint(self.multihash, at)[1] :]

    def is_of(self, data: bytes) -> bool:
        """Whether this is the CID of a block. The hash function is IDENTITY or SHA2_256."""
        return self.digest == (data if self.hash_code == IDENTITY else hashlib.sha256(data).digest())


def prefix(version: int, codec: int) -> bytes:
    """What precedes the 32 bytes of a SHA-256 hash in the bytes of a CID."""
    return b"\x12\x20" if version == 0 else bytes([1, codec, 0x12, 0x20])


def read(data: bytes | memoryview, at: int = 0) -> tuple[Cid, int]:
    """The CID at a place, and the place after it. Raises ValueError if there is none."""
    if bytes(data[at : at + 2]) == b"\x12\x20":
        version, codec, start = 0, DAG_PB, at
    else:
        version, place = read_varint(data, at)
        if version != 1:
            raise ValueError(f"a CID of version {version}")
        codec, start = read_varint(data, place)
    _, place = read_varint(data, start)
    length, place = read_varint(data, place)
    if place + length > len(data):
        raise ValueError("a CID that ends too early")
    return Cid(version, codec, bytes(data[start : place + length])), place + length


def parse(text: str) -> Cid:
    """The CID in a text: base58 (version 0 or 1), base32, base36 or base16. Raises ValueError with a sentence if it is none."""
    try:
        if len(text) == 46 and text.startswith("Qm"):
            data = _unbase(text, _BASE58)
        elif text[:1] in ("b", "B"):
            data = base64.b32decode(text[1:].upper() + "=" * (-len(text[1:]) % 8))
        elif text[:1] == "z":
            data = _unbase(text[1:], _BASE58)
        elif text[:1] == "k":
            data = _unbase(text[1:], "0123456789abcdefghijklmnopqrstuvwxyz")
        elif text[:1] == "f":
            data = bytes.fromhex(text[1:])
        else:
            raise ValueError("an unknown base")
        cid, end = read(data)
        if end != len(data):
            raise ValueError("more than a CID")
    except (ValueError, IndexError) as error:
        raise ValueError(f"{text!r} is not a CID ({error})") from None
    return cid


def _base58(data: bytes) -> str:
    number, out = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        out = _BASE58[digit] + out
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + out


def _unbase(text: str, alphabet: str) -> bytes:
    number = 0
    for letter in text:
        number = number * len(alphabet) + alphabet.index(letter)
    zeros = len(text) - len(text.lstrip(alphabet[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
