"""Inputs of the component, resolved in an account with three zones."""

from collections.abc import Sequence
from typing import Any, cast

import pulumi
import pytest
from ipfs_cluster import InvalidInput, IpfsClusterArgs
from ipfs_cluster.edge.plan import HostedZone
from ipfs_cluster.inputs import resolve as inputs
from ipfs_cluster.inputs.resolve import ResolvedInputs, Surroundings
from ipfs_cluster.naming import Names
from ipfs_cluster.network.zones import Zone

REGION = "eu-west-1"
ZONES = [Zone(f"eu-west-1{letter}", f"euw1-az{number}") for letter, number in (("c", 2), ("a", 3), ("b", 1))]
NAMES = Names("ipfs", "dev", "ipfs-cluster")
ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/mine/0a1b2c3d"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-1111-2222-333344445555"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:docker-hub-AbCdEf"
PEER_ID = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"
REGIONAL = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d"
LONG = "a" * 57 + ".com"
SUBNETS = {"eu-west-1a": "subnet-1", "eu-west-1b": "subnet-2", "eu-west-1c": "subnet-3"}

Refused = tuple[dict[str, Any], str, list[str]]
"""Inputs, and what the one problem with them starts with and mentions."""


def resolve(
    given: dict[str, Any],
    names: Names = NAMES,
    region: str = REGION,
    zone: HostedZone | None = None,
    zones: Sequence[Zone] = ZONES,
    parameter_arns: Sequence[str] = (),
) -> ResolvedInputs:
    surroundings = Surroundings(region=region, account="123456789012", zones=zones, hosted_zone=zone, parameter_arns=parameter_arns)
    return inputs.resolve(names, cast("IpfsClusterArgs", given), surroundings)


def problems(given: dict[str, Any], names: Names = NAMES, region: str = REGION, parameter_arns: Sequence[str] = ()) -> list[str]:
    """The sentences that refuse the inputs."""
    with pytest.raises(InvalidInput) as refused:
        resolve(given, names, region, parameter_arns=parameter_arns)
    assert issubclass(InvalidInput, pulumi.RunError), "so that Pulumi shows the text and no traceback"
    assert str(refused.value).splitlines()[1:] == [f"  - {problem}" for problem in refused.value.problems]
    return refused.value.problems


def assert_refused(refused: Refused) -> None:
    """The inputs have exactly one problem, a whole sentence, which says what would do."""
    given, start, mentions = refused
    (problem,) = problems(given)
    assert problem.startswith(start)
    for mentioned in mentions:
        assert mentioned in problem
    assert problem.endswith(".")
