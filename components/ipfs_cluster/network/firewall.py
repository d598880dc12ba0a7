"""Rules of security groups."""

from typing import Any

import pulumi
import pulumi_aws as aws

from ..context import Tags

ANYWHERE = "0.0.0.0/0"


def ingress(
    name: str,
    group: pulumi.Input[str],
    protocol: str,
    port: int,
    why: str,
    tags: Tags,
    opts: pulumi.ResourceOptions,
    *,
    source: pulumi.Input[str] | None = None,
    prefix_list: pulumi.Input[str] | None = None,
    cidr: str = ANYWHERE,
) -> None:
    """Admits to one port: the security group ``source``, otherwise the ranges of ``prefix_list``, otherwise ``cidr``."""
    aws.vpc.SecurityGroupIngressRule(name, **_rule(name, group, protocol, port, why, tags, source, prefix_list, cidr), opts=opts)


def egress(
    name: str,
    group: pulumi.Input[str],
    protocol: str,
    port: int | None,
    why: str,
    tags: Tags,
    opts: pulumi.ResourceOptions,
    *,
    target: pulumi.Input[str] | None = None,
) -> None:
    """Allows traffic out to one port or (none) to all: to the security group ``target``, otherwise to anywhere."""
    aws.vpc.SecurityGroupEgressRule(name, **_rule(name, group, protocol, port, why, tags, target, None, ANYWHERE), opts=opts)


def _rule(
    name: str,
    group: pulumi.Input[str],
    protocol: str,
    port: int | None,
    why: str,
    tags: Tags,
    other: pulumi.Input[str] | None,
    prefix_list: pulumi.Input[str] | None,
    cidr: str,
) -> dict[str, Any]:
    if other is not None:
        peer: dict[str, Any] = {"referenced_security_group_id": other}
    else:
        peer = {"prefix_list_id": prefix_list} if prefix_list is not None else {"cidr_ipv4": cidr}
    return {"security_group_id": group, "ip_protocol": protocol, "from_port": port, "to_port": port, **peer, "description": why, "tags": tags.named(name)}
