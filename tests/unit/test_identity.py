import hashlib
import re

import pytest
from ipfs_cluster.credentials import identity

# Made with @libp2p/crypto 5.1.23 and @libp2p/peer-id 6.0.15 (npm): generateKeyPairFromSeed, peerIdFromPrivateKey, privateKeyToProtobuf.
# The last is also the Ed25519 vector of libp2p's specification (libp2p/specs, peer-ids, "Test vectors").
VECTORS = [
    (
        "00" * 32,
        "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN",
        "CAESQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAO2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=",
    ),
    (
        "ff" * 32,
        "12D3KooWHoSyTgntm77sXShoeX9uNkqKNMhHxKtskaHqnA54SrSG",
        "CAESQP//////////////////////////////////////////dqFZIESm5PURJlvKc6YE2QsFKdHfYCvjChmpJXZg0fU=",
    ),
    (
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB",
        "CAESQAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
    ),
    (
        "7e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d",
        "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq",
        "CAESQH4IMGF8Sn3oOSXfsmlFVrEpNsR3oOH+suFI7J2mD+59HtHo+uLEoUS4vo/UtHvz07NLhxw8rPYBDw5C1HT84n4=",
    ),
]


@pytest.mark.parametrize(("seed", "peer_id", "private_key"), VECTORS)
def test_identities_are_those_of_another_implementation(seed: str, peer_id: str, private_key: str) -> None:
    made = identity.identity_from(bytes.fromhex(seed))
    assert (made.peer_id, made.private_key) == (peer_id, private_key)
    assert (len(peer_id), len(private_key)) == (52, 92)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_seed_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"32 bytes, this one has {length}"):
        identity.identity_from(b"\0" * length)


def test_keys_from_passwords() -> None:
    assert identity.hex_key_from("secret") == hashlib.sha256(b"secret").hexdigest()
    assert identity.swarm_key_from("secret") == f"/key/swarm/psk/1.0.0/\n/base16/\n{hashlib.sha256(b'secret').hexdigest()}"
    assert identity.seed_from("secret") != identity.seed_from("Secret")


def test_base58_keeps_leading_zeros() -> None:
    # Vectors of draft-msporny-base58 (IETF).
    assert identity.base58(b"Hello World!") == "2NEpo7TZRRrLZSi2U"
    assert identity.base58(bytes.fromhex("0000287fb4cd")) == "11233QC4"
    assert re.fullmatch("1*", identity.base58(b"\0\0\0"))
