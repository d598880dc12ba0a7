"""Pure: peer identities: a 32-byte Ed25519 seed in, a libp2p peer ID and private key out.

The formats are libp2p's (github.com/libp2p/specs, peer-ids): keys are protobuf messages, an Ed25519
peer ID is the identity multihash of its public key in base58btc. kubo's ``Identity.PrivKey`` and
ipfs-cluster's ``CLUSTER_PRIVATEKEY`` both take the base64 form made here.
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# Protobuf headers: field 1 (key type) = 1 (Ed25519), field 2 = the bytes, 64 and 32 of them.
_PRIVATE_KEY = bytes([0x08, 0x01, 0x12, 0x40])
_PUBLIC_KEY = bytes([0x08, 0x01, 0x12, 0x20])
# Multihash header: function 0 (identity), 36 bytes.
_IDENTITY_MULTIHASH = bytes([0x00, 0x24])


@dataclass(frozen=True)
class Identity:
    """A libp2p peer's identity."""

    peer_id: str
    """What others know the peer by, ``12D3KooW…``, 52 characters. Public."""
    private_key: str
    """The protobuf private key in base64, ``CAESQ…``, 92 characters. Secret."""


def seed_from(password: str) -> bytes:
    """The 32-byte seed that belongs to a random password: its SHA-256."""
    return hashlib.sha256(password.encode()).digest()


def identity_from(seed: bytes) -> Identity:
    """The identity of a seed. The same seed always gives the same identity.

    Raises ValueError if the seed has not 32 bytes.
    """
    if len(seed) != 32:
        raise ValueError(f"an Ed25519 seed has 32 bytes, this one has {len(seed)}")
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return Identity(
        peer_id=base58(_IDENTITY_MULTIHASH + _PUBLIC_KEY + public),
        private_key=base64.b64encode(_PRIVATE_KEY + seed + public).decode(),
    )


def hex_key_from(password: str) -> str:
    """The 64 hexadecimal characters that belong to a random password, for pre-shared keys."""
    return seed_from(password).hex()


def swarm_key_from(password: str) -> str:
    """The text of a ``swarm.key`` file, the pre-shared key of a private swarm."""
    return f"/key/swarm/psk/1.0.0/\n/base16/\n{hex_key_from(password)}"


def base58(data: bytes) -> str:
    """``data`` in base58btc, Bitcoin's alphabet."""
    number = int.from_bytes(data, "big")
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = _BASE58[digit] + digits
    leading_zeros = len(data) - len(data.lstrip(b"\0"))
    return _BASE58[0] * leading_zeros + digits
