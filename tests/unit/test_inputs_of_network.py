"""Inputs of the network that are refused."""

import pytest

from tests.helpers.inputs import SUBNETS, Refused, assert_refused

BAD: list[Refused] = [
    # Network
    ({"network": {"cidr": "10.0.0.0"}}, "network.cidr: '10.0.0.0' has a /32 prefix", ["/16 to /22"]),
    ({"network": {"cidr": "10.0.0.0/8"}}, "network.cidr: '10.0.0.0/8' has a /8 prefix", ["/16 to /22"]),
    ({"network": {"cidr": "10.0.0.1/16"}}, "network.cidr: '10.0.0.1/16' is not an IPv4 range", ["10.94.0.0/16"]),
    ({"network": {"cidr": "52.0.0.0/16"}}, "network.cidr: '52.0.0.0/16' is not a private range", ["10.0.0.0/8"]),
    ({"network": {"vpc_id": "vpc-1"}}, "network.subnet_ids: an existing VPC", ["one public subnet for each zone"]),
    (
        {"network": {"vpc_id": "my-vpc", "subnet_ids": {"eu-west-1a": "subnet-1"}}, "edge": {"mode": "none"}},
        "network.vpc_id: 'my-vpc' is not the ID of a VPC",
        ["vpc-0123"],
    ),
    ({"network": {"subnet_ids": {"eu-west-1a": "subnet-1"}}}, "network.subnet_ids: subnets were given without the VPC", ["network.vpc_id"]),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": {"eu-west-1a": "x"}}, "edge": {"mode": "none"}},
        "network.subnet_ids['eu-west-1a']: 'x' is not the ID of a subnet",
        ["subnet-0123"],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": {"eu-west-1a": "subnet-1"}}, "nodes": {"zones": ["eu-west-1a", "eu-west-1b"]}, "edge": {"mode": "none"}},
        "nodes.zones: 'eu-west-1b' has no subnet",
        ["network.subnet_ids"],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": {"eu-west-1a": "subnet-1"}}, "nodes": {"count": 4}, "edge": {"mode": "none"}},
        "nodes.count: 4 is too many for 1 zone(s) (eu-west-1a)",
        ["up to 3"],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": {"eu-west-1a": "subnet-1"}, "use_default_vpc": True}, "edge": {"mode": "none"}},
        "network.use_default_vpc: true contradicts network.vpc_id",
        [],
    ),
    # The load balancer's subnets
    ({"network": {"load_balancer_subnet_ids": SUBNETS}}, "network.load_balancer_subnet_ids: subnets were given without the VPC", ["network.vpc_id"]),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": {"eu-west-1a": "subnet-1"}}},
        "network.subnet_ids: a load balancer needs subnets in at least 2 zones",
        ["network.load_balancer_subnet_ids", "edge.mode to none"],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": SUBNETS, "load_balancer_subnet_ids": {"eu-west-1a": "subnet-4", "eu-west-1b": "subnet-5"}}},
        "network.load_balancer_subnet_ids: eu-west-1c has a node but no subnet here",
        [],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": SUBNETS, "load_balancer_subnet_ids": {**SUBNETS, "eu-west-1d": "subnet-5"}}},
        "network.load_balancer_subnet_ids: 'eu-west-1d' cannot have a CloudFront VPC origin here",
        ["eu-west-1a, eu-west-1b, eu-west-1c", "internet-facing"],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": SUBNETS, "load_balancer_subnet_ids": {**SUBNETS, "eu-west-1a": "mine"}}},
        "network.load_balancer_subnet_ids['eu-west-1a']: 'mine' is not the ID of a subnet",
        ["subnet-0123"],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": SUBNETS, "load_balancer_subnet_ids": SUBNETS}, "edge": {"mode": "none"}},
        "network.load_balancer_subnet_ids: there is no load balancer",
        [],
    ),
]


@pytest.mark.parametrize("refused", BAD, ids=[start[:70] for _, start, _ in BAD])
def test_bad_input_is_refused(refused: Refused) -> None:
    assert_refused(refused)
