"""The examples in Python, deployed to a simulated account."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml
from moto import mock_aws

from sandbox import simulation
from sandbox.account import Account
from tests.helpers.support import EXAMPLES, Deployed, environment, zone

Values = Mapping[str, Any]


@contextlib.contextmanager
def example(name: str, values: Callable[[Account], Values] = lambda account: {}, stack: str = "dev") -> Iterator[Deployed]:
    """An example deployed as its README says, with configuration made from what the account holds."""
    folder = EXAMPLES / name
    with mock_aws():
        file = folder / f"Pulumi.{stack}.yaml"
        if file.exists():
            configured = simulation.read_configuration(folder, stack)
            account = Account(configured.region)
        else:
            account = Account("eu-west-1")
            project = yaml.safe_load((folder / "Pulumi.yaml").read_text())["name"]
            given = {f"{project}:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in values(account).items()}
            configured = simulation.Configuration(project, stack, {"aws:region": "eu-west-1", **given})
        yield Deployed(account, simulation.run(folder / "__main__.py", configured, account), {})


def nodes(stack: Deployed) -> list[str]:
    return [r.name for r in stack.registered("ipfs-cluster:index:IpfsNode")]


def test_minimal() -> None:
    with example("python-minimal") as stack:
        assert nodes(stack) == ["ipfs-eu-west-1a", "ipfs-eu-west-1b", "ipfs-eu-west-1c"]
        assert stack.output("gateway_url").startswith("https://")
        assert stack.deployment.exports["api_password"].secret


def own_network(account: Account) -> Values:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})

    def subnets(first: int) -> dict[str, str]:
        return {
            f"eu-west-1{letter}": ec2.create_subnet(VpcId=vpc, AvailabilityZone=f"eu-west-1{letter}", CidrBlock=f"10.0.{first + index}.0/24")["Subnet"][
                "SubnetId"
            ]
            for index, letter in enumerate("ab")
        }

    return {
        "vpcId": vpc,
        "publicSubnetIds": subnets(0),
        "privateSubnetIds": subnets(10),
        "domain": "ipfs.example.com",
        "zoneId": zone(account),
        "alarmEmails": ["a@example.com"],
    }


def test_production() -> None:
    with example("python-production", own_network, "prod") as stack:
        assert nodes(stack) == ["ipfs-eu-west-1a", "ipfs-eu-west-1b"]
        assert stack.registered("aws:ec2/vpc:Vpc") == []
        assert (stack.output("gateway_url"), stack.output("api_url")) == ("https://gateway.ipfs.example.com", "https://api.ipfs.example.com")
        (plan,) = stack.registered("aws:backup/plan:Plan")
        assert stack.inputs(plan.type, plan.name)["rules"][0]["targetVaultName"].startswith("pins-")
        assert stack.output("pinset_bucket").startswith("ipfs-pinset-")


def test_private_swarm() -> None:
    with example("private-swarm") as stack:
        assert len(nodes(stack)) == 5
        cluster = environment(stack.containers("eu-west-1a")["ipfs-cluster"])
        assert (cluster["CLUSTER_REPLICATIONFACTORMIN"], cluster["CLUSTER_REPLICATIONFACTORMAX"]) == ("2", "3")
        assert environment(stack.containers("eu-west-1a")["ipfs"])["LIBP2P_FORCE_PNET"] == "1"
        assert stack.deployment.exports["gateway_password"].secret


def test_one_node() -> None:
    with example("one-node") as stack:
        assert nodes(stack) == ["ipfs-eu-west-1a"]
        assert stack.output("dns_names") == {"eu-west-1a": "ipfs-node-eu-west-1a.ipfs.dev.ipfs-one-node.internal"}
        assert not [r.type for r in stack.deployment.registrations if r.type.startswith(("aws:lb/", "aws:cloudfront/"))]


@pytest.mark.parametrize(("environment_", "region", "count"), [("dev", "eu-west-1", 3), ("staging", "eu-west-1", 2), ("prod", "eu-central-1", 3)])
def test_environments(environment_: str, region: str, count: int) -> None:
    with example("environments", stack=environment_) as stack:
        assert nodes(stack) == [f"ipfs-{region}{letter}" for letter in "abc"[:count]]
        assert stack.inputs("aws:ecs/cluster:Cluster", "ipfs-cluster")["tags"]["environment"] == environment_


def test_every_example_has_what_it_takes_to_run() -> None:
    folders = sorted(folder for folder in EXAMPLES.iterdir() if folder.is_dir())
    assert len(folders) >= 7
    for folder in folders:
        assert (folder / "README.md").exists(), folder
        if (folder / "__main__.py").exists():
            assert (folder / "requirements.txt").read_text().splitlines()[0] == "../../components", folder
            assert (folder / "Pulumi.yaml").exists() or folder.name == "automation", folder
