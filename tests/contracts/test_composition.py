"""The component within a larger program: resource options, several clusters, several Regions."""

from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws
from pulumi.runtime.mocks import MockResourceArgs

from sandbox import simulation
from sandbox.account import Account
from sandbox.simulation import Registration
from tests.helpers.regions import Regions, below
from tests.helpers.support import Deployed, Groups, configuration, inputs_of, zone

HEAD = "import json\nimport pulumi\nimport pulumi_aws as aws\nfrom ipfs_cluster import IpfsCluster\nfrom ipfs_cluster.config import args_from_config\n"
SMALL = '{"nodes": {"count": 1}, "edge": {"mode": "none"}}'


class SharedNetwork(Account):
    """Moto takes one namespace for each VPC; AWS refuses only one of a name that is there."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ == "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace":
            args.inputs["vpc"] += args.name
        return super().new_resource(args)


def deploy(folder: Path, body: str, account: Account, groups: Groups = {}) -> Deployed:  # noqa: B006
    program = folder / "program.py"
    program.write_text(HEAD + body)
    return Deployed(account, simulation.run(program, configuration(groups), account), groups)


def test_protect_reaches_every_resource(tmp_path: Path) -> None:
    with mock_aws():
        stack = deploy(tmp_path, f'IpfsCluster("ipfs", {SMALL}, pulumi.ResourceOptions(protect=True))', Account("eu-west-1"))
        assert len(stack.deployment.registrations) > 40
        assert [r.name for r in stack.deployment.registrations if not r.request.protect] == []


def test_transformations_reach_every_resource(tmp_path: Path) -> None:
    body = f"""
def mark(args):
    return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(ignore_changes=["tags"])))

IpfsCluster("ipfs", {SMALL}, pulumi.ResourceOptions(transformations=[mark]))
"""
    with mock_aws():
        stack = deploy(tmp_path, body, Account("eu-west-1"))
        assert len(stack.deployment.registrations) > 40
        assert [r.name for r in stack.deployment.registrations if list(r.request.ignoreChanges) != ["tags"]] == []


def test_transforms_and_aliases_come_to_the_engine(tmp_path: Path) -> None:
    """The engine, not the SDK, applies both to the children."""
    options = 'pulumi.ResourceOptions(aliases=[pulumi.Alias(name="pins")], transforms=[lambda args: None])'
    with mock_aws():
        stack = deploy(tmp_path, f'IpfsCluster("ipfs", {SMALL}, {options})', Account("eu-west-1"))
        cluster = stack.deployment.registrations[0]
        assert [alias.spec.name for alias in cluster.request.aliases] == ["pins"]
        assert len(cluster.request.transforms) == 1


def test_credentials_that_are_known_only_later_are_looked_at_then(tmp_path: Path) -> None:
    body = """
secret = aws.iam.Role("mine", assume_role_policy="{}", description="")
nodes = {"count": 1, "registry_credentials": {"docker.io": secret.name}}
IpfsCluster("ipfs", {"nodes": nodes, "edge": {"mode": "none"}})
"""
    with mock_aws(), pytest.raises(Exception, match=r"nodes.registry_credentials\['docker.io'\]: 'mine-\w+' is not the ARN of a secret"):
        deploy(tmp_path, body, Account("eu-west-1"))


def test_websites_in_a_zone_that_is_known_only_later_are_looked_at_then(tmp_path: Path) -> None:
    body = """
known = aws.ssm.Parameter("zone", name="/zone", type="String", value="ZONE")
edge = {"domain": "ipfs.example.com", "zone_id": known.value, "websites": ["www.example.com", "SITE"]}
IpfsCluster("ipfs", {"nodes": {"count": 1}, "edge": edge})
"""
    with mock_aws():
        account = Account("eu-west-1")
        stack = deploy(tmp_path, body.replace("ZONE", zone(account)).replace("SITE", "web.example.com"), account)
        assert "ipfs-domain-web.example.com-a" in {r.name for r in stack.deployment.registrations}
    with mock_aws():
        account = Account("eu-west-1")
        outside = body.replace("ZONE", zone(account)).replace("SITE", "www.example.org")
        with pytest.raises(Exception, match=r"edge.websites\[1\]: 'www.example.org' is not within the hosted zone example.com"):
            deploy(tmp_path, outside, account)


def test_what_depends_on_the_cluster_waits_for_its_services(tmp_path: Path) -> None:
    body = f"""
first = aws.ssm.Parameter("first", name="/first", type="String", value="x")
cluster = IpfsCluster("ipfs", {SMALL}, pulumi.ResourceOptions(depends_on=[first]))
aws.ssm.Parameter("last", name="/last", type="String", value="x", opts=pulumi.ResourceOptions(depends_on=[cluster]))
"""
    with mock_aws():
        stack = deploy(tmp_path, body, Account("eu-west-1"))
        named = {r.name: r for r in stack.deployment.registrations}
        assert named["ipfs-eu-west-1a-service"].urn in named["last"].request.dependencies
        assert named["first"].urn in named["ipfs"].request.dependencies


NAMED_WITHIN_OTHERS = {"aws:ecs/service:Service", "aws:servicediscovery/service:Service"}
"""Types whose names are for their own ECS cluster and Cloud Map namespace."""
EVERYTHING: dict[str, Any] = {
    "nodes": {"count": 1},
    "gateway": {"authentication": "token"},
    "api": {"pinningService": True},
    "backup": {"pinsetSchedule": "rate(1 day)"},
}


def physical_names(resources: list[Registration]) -> set[tuple[str, str, str]]:
    """The names that the program, not Pulumi, gives; with what Pulumi makes names from where it does."""
    found = set()
    for resource in resources:
        inputs = inputs_of(resource)
        fixed = [(key, str(inputs[key])) for key in ("name", "family", "bucket", "creationToken", "domainName") if isinstance(inputs.get(key), str)]
        for key, value in fixed or [("made from", resource.name)]:
            if resource.type.startswith("aws:") and resource.type not in NAMED_WITHIN_OTHERS:
                found.add((resource.type, key, value))
    return found


def test_two_clusters_of_a_stack_in_one_vpc_have_no_name_in_common(tmp_path: Path) -> None:
    """Into one account, which refuses most names that are there already."""
    body = """
given = args_from_config(pulumi.Config())
for name in ("pins", "archive"):
    IpfsCluster(name, {**given, "edge": {"domain": name + ".example.com", "zone_id": "ZONE", "access_log_days": 1}})
"""
    with mock_aws():
        account = SharedNetwork("eu-west-1")
        stack = deploy(tmp_path, body.replace("ZONE", zone(account)), account, {**EVERYTHING, "network": {"useDefaultVpc": True}})
        one, two = physical_names(below(stack, "pins")), physical_names(below(stack, "archive"))
        assert len(one) == len(two) > 60
        assert {type_ for type_, key, _ in one if key == "name"} >= {
            "aws:ssm/parameter:Parameter",
            "aws:cloudwatch/logGroup:LogGroup",
            "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
        }
        assert one & two == set()


def test_two_regions_of_a_program(tmp_path: Path) -> None:
    body = """
given = args_from_config(pulumi.Config())
for name, region in (("west", "eu-west-1"), ("tokyo", "ap-northeast-1")):
    provider = aws.Provider(name, region=region)
    edge = {"domain": name + ".example.com", "zone_id": "ZONE", "scheme": "internet-facing"}
    IpfsCluster(name, {**given, "edge": edge}, pulumi.ResourceOptions(providers=[provider]))
"""
    with mock_aws():
        # What is asked or made without a provider would come to a third Region.
        account = Regions("us-west-2")
        stack = deploy(tmp_path, body.replace("ZONE", zone(account)), account, {**EVERYTHING, "network": {"useDefaultVpc": True}})
        for name, region in (("west", "eu-west-1"), ("tokyo", "ap-northeast-1")):
            own = [r for r in below(stack, name) if r.type.startswith("aws:")]
            assert {r.request.provider.rpartition("::")[2] for r in own} == {region}
            services = [r.name for r in own if r.type == "aws:ecs/service:Service"]
            assert services == [f"{name}-{region}a-service"]
            pinned = {(r.type.rpartition(":")[2], inputs_of(r)["region"]) for r in own if "region" in inputs_of(r)}
            assert pinned == {
                *((type_, "us-east-1") for type_ in ("Certificate", "CertificateValidation", "Function", "MetricAlarm", "Topic")),
                *((type_, region) for type_ in ("Certificate", "CertificateValidation")),
            }
            clusters = account.elsewhere[region].client("ecs").list_clusters()["clusterArns"]
            assert [arn.split(":")[3] for arn in clusters] == [region]
        assert len({token for _, token in account.asked}) >= 8
        assert {provider for provider, _ in account.asked} == {"eu-west-1", "ap-northeast-1"}
