"""Pins as ipfs-cluster's REST API shows them, for the console."""

import base64
import hashlib
import json
from typing import Any


def raw_cid(content: bytes) -> str:
    """The CID, version 1, of a block of bytes."""
    return _base32(b"\x01\x55\x12\x20" + hashlib.sha256(content).digest())


def dag_cid(block: bytes) -> str:
    """The CID, version 1, of a DAG-PB block."""
    return _base32(b"\x01\x70\x12\x20" + hashlib.sha256(block).digest())


def _base32(cid: bytes) -> str:
    return "b" + base64.b32encode(cid).decode().lower().rstrip("=")


def pin(cid: str, name: str = "", **changed: Any) -> dict[str, Any]:
    """A pin as GET /allocations has it."""
    made = {
        "replication_factor_min": -1,
        "replication_factor_max": -1,
        "name": name,
        "mode": "recursive",
        "shard_size": 0,
        "user_allocations": None,
        "expire_at": "0001-01-01T00:00:00Z",
        "metadata": None,
        "pin_update": None,
        "origins": None,
        "cid": cid,
        "type": "pin",
        "allocations": [],
        "max_depth": -1,
        "reference": None,
        "timestamp": "2026-11-20T09:30:00Z",
    }
    return {**made, **changed}


def many(count: int) -> bytes:
    """The lines of GET /allocations for so many pins."""
    lines = []
    for index in range(count):
        cid = _base32(b"\x01\x70\x12\x20" + hashlib.sha256(b"%d" % index).digest())
        metadata = {"project": f"p{index % 97}"} if index % 3 == 0 else None
        moment = f"2026-{1 + index % 11:02d}-{1 + index % 28:02d}T{index % 24:02d}:{index % 60:02d}:00Z"
        made = pin(cid, f"dataset-{index:06d}.tar", metadata=metadata, timestamp=moment)
        lines.append(json.dumps(made))
    return ("\n".join(lines) + "\n").encode()
