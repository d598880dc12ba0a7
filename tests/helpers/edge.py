"""What a deployment's edge holds: load balancer, distributions, names."""

from collections.abc import Callable
from typing import Any

from sandbox.account import Account
from tests.helpers.support import Deployed, Groups, zone

CLOUDFRONT_ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/mine/0a1b2c3d"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
GATEWAY, API = "ipfs-edge-gateway", "ipfs-edge-api"
ALL_VIEWER, CACHING_DISABLED = "216adef6-5c7f-47e4-b989-5492eafa07d3", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


def with_zone(**more: Any) -> Callable[[Account], Groups]:
    """A domain in a zone of the account; ``more`` are further settings of the edge."""
    return lambda account: {"edge": {"domain": "ipfs.example.com", "zoneId": zone(account), **more}}


def three(groups: Callable[[Account], Groups]) -> Callable[[Account], Groups]:
    """The same with three nodes."""
    return lambda account: {**groups(account), "nodes": {"count": 3}}


def balancer(stack: Deployed) -> dict[str, Any]:
    """The load balancer."""
    (found,) = stack.client("elbv2").describe_load_balancers()["LoadBalancers"]
    return dict(found)


def listeners(stack: Deployed) -> dict[int, dict[str, Any]]:
    """The load balancer's listeners by port."""
    found = stack.client("elbv2").describe_listeners(LoadBalancerArn=balancer(stack)["LoadBalancerArn"])["Listeners"]
    return {listener["Port"]: listener for listener in found}


def target_groups(stack: Deployed) -> dict[str, dict[str, Any]]:
    """The target groups, by name without the random end."""
    found = stack.client("elbv2").describe_target_groups()["TargetGroups"]
    return {group["TargetGroupName"].rpartition("-")[0]: group for group in found}


def distribution(stack: Deployed, which: str) -> dict[str, Any]:
    """The configuration of a distribution: gateway or api."""
    return dict(stack.client("cloudfront").get_distribution(Id=stack.output(f"{which}_distribution_id"))["Distribution"]["DistributionConfig"])


def ingress(stack: Deployed, group: str) -> list[tuple[int, str]]:
    """Ports and sources that a security group, by its name tag, admits."""
    ec2 = stack.client("ec2")
    (found,) = ec2.describe_security_groups(Filters=[{"Name": "tag:Name", "Values": [group]}])["SecurityGroups"]
    lists = {known["PrefixListId"]: known["PrefixListName"] for known in ec2.describe_managed_prefix_lists()["PrefixLists"]}
    rules = []
    for permission in found["IpPermissions"]:
        assert permission["FromPort"] == permission["ToPort"]
        sources = [lists[known["PrefixListId"]] for known in permission["PrefixListIds"]]
        sources += [block["CidrIp"] for block in permission["IpRanges"]] + [pair["GroupId"] for pair in permission["UserIdGroupPairs"]]
        rules += [(permission["FromPort"], source) for source in sources]
    return sorted(rules)


def both_events(function: str) -> list[dict[str, str]]:
    """The associations of one function with both of the viewer's events."""
    return [{"eventType": event, "functionArn": function} for event in ("viewer-request", "viewer-response")]


def records(stack: Deployed) -> list[dict[str, Any]]:
    """The records of the zone example.com."""
    route53 = stack.client("route53")
    (found,) = (z for z in route53.list_hosted_zones()["HostedZones"] if z["Name"] == "example.com.")
    return list(route53.list_resource_record_sets(HostedZoneId=found["Id"])["ResourceRecordSets"])
