"""Websites come to a running stack and leave it, on the real engine."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.engine import Stack, needs_engine

pytestmark = needs_engine

EDGE: dict[str, Any] = {"domain": "ipfs.example.com", "zoneId": "Z0123456789ABC"}
SMALL: dict[str, Any] = {"backup": {"nodes": "none"}, "nodes": {"count": 2}}
REGIONS = ("eu-west-1", "us-east-1")

# What has the names: certificates, what waits for them, what uses them.
CERTIFICATES = {
    f"{operation} {kind} ipfs-domain-{region}" for operation in ("create", "delete") for kind in ("Certificate", "CertificateValidation") for region in REGIONS
}
USERS = {"update Listener ipfs-gateway-https", "update Listener ipfs-api-https", "update Distribution ipfs-edge-gateway", "update Distribution ipfs-edge-api"}
# What the first website changes, and the last: kubo looks up DNSLinks then, and Host counts.
ONCE = {
    "update CachePolicy ipfs-edge-gateway",
    "update Function ipfs-edge-gateway",
    *(
        f"{operation} {name}"
        for zone in "ab"
        for operation, name in (
            ("create", f"TaskDefinition ipfs-eu-west-1{zone}-task"),
            ("delete", f"TaskDefinition ipfs-eu-west-1{zone}-task"),
            ("update", f"Service ipfs-eu-west-1{zone}-service"),
        )
    ),
}


def records(operation: str, site: str) -> set[str]:
    """What is done with the records of a website."""
    ends = ("a", "aaaa") if operation == "delete" else ("a", "aaaa", "proof")
    return {f"{operation} Record ipfs-domain-{f'proof-{site}' if end == 'proof' else f'{site}-{end}'}" for end in ends}


def done(stack: Stack, sites: Sequence[str]) -> list[str]:
    """Gives a stack these websites; what was done, in order."""
    stack.configure(edge={**EDGE, **({"websites": list(sites)} if sites else {})}, **SMALL)
    since = len(stack.world.done())
    updated = stack.up()
    assert updated.returncode == 0, updated.stdout
    return [f"{operation} {type_.rpartition(':')[2]} {name}" for operation, type_, name in stack.world.done()[since:]]


def assert_old_certificates_go_last(steps: Sequence[str]) -> None:
    for certificate in (step for step in steps if step.startswith("delete Certificate ")):
        assert all(steps.index(user) < steps.index(certificate) for user in USERS), "what uses it has the new one by then"


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path / "stack", edge=EDGE, **SMALL)


def test_websites_change_names_alone_and_the_first_and_last_the_nodes_too(stack: Stack) -> None:
    assert stack.up().returncode == 0
    first = done(stack, ["example.com"])
    assert set(first) == CERTIFICATES | USERS | ONCE | records("create", "example.com")
    second = done(stack, ["example.com", "www.example.com"])
    assert set(second) == CERTIFICATES | USERS | records("create", "www.example.com")
    fewer = done(stack, ["www.example.com"])
    # The validation record stays: another stack's certificate may need it.
    assert set(fewer) == CERTIFICATES | USERS | records("delete", "example.com")
    for steps in (first, second, fewer):
        assert_old_certificates_go_last(steps)
    assert "unchanged" in stack.up("--expect-no-changes").stdout
    none = done(stack, [])
    assert set(none) == CERTIFICATES | USERS | ONCE | records("delete", "www.example.com")
    types = {resource["inputs"].get("type") for resource in stack.export()["deployment"]["resources"] if resource["type"] == "aws:route53/record:Record"}
    assert "TXT" not in types, "these belong to those who publish"
