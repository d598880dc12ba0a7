"""What the distributions get their answers from: the load balancer's endpoints as origins of CloudFront."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from ..context import ClusterContext, Tags
from .load_balancer import LoadBalancer
from .plan import GATEWAY, ORIGIN_SECRET_HEADER, Endpoint, Plan

_TIMEOUTS = {
    "origin_read_timeout": 120,  # the most that CloudFront has without a raised quota; it counts silence, not the whole answer
    "origin_keepalive_timeout": 60,  # less than the load balancer's idle timeout, so that no connection is used that it has just closed
}


class Origins(pulumi.ComponentResource):
    """A load balancer's endpoints as VPC origins, for distributions of another stack."""

    def __init__(self, name: str, *, plan: Plan, load_balancer: LoadBalancer, context: ClusterContext, opts: pulumi.ResourceOptions | None = None) -> None:
        # A stack that had distributions of its own keeps its origins: each takes up to 15 minutes to create.
        before = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_="ipfs-cluster:index:Distributions")])
        super().__init__("ipfs-cluster:index:Origins", name, {}, pulumi.ResourceOptions.merge(opts, before))
        self.ids: Mapping[str, pulumi.Output[str]] = {
            endpoint.role: vpc_origin(name, endpoint, plan, load_balancer, context.tags, self).id for endpoint in plan.endpoints
        }
        """By the endpoint's role."""
        self.register_outputs({})


def vpc_origin(name: str, endpoint: Endpoint, plan: Plan, load_balancer: LoadBalancer, tags: Tags, parent: pulumi.Resource) -> aws.cloudfront.VpcOrigin:
    """Makes the VPC origin of an endpoint."""
    arn, name = load_balancer.balancer.arn, f"{name}-{endpoint.role}-origin"
    policy, port = "https-only" if plan.https else "http-only", endpoint.port(plan.https)
    return aws.cloudfront.VpcOrigin(
        name,
        vpc_origin_endpoint_config={
            # One that is in use cannot be changed: it is replaced, under another name, before the old one goes.
            "name": arn.apply(lambda arn: f"{name}-{hashlib.sha256(f'{arn} {policy} {port}'.encode()).hexdigest()[:8]}"),
            "arn": arn,
            "http_port": 80 if plan.https else port,
            "https_port": port if plan.https else 443,
            "origin_protocol_policy": policy,
            "origin_ssl_protocols": {"items": ["TLSv1.2"], "quantity": 1},
        },
        # AWS says that it takes up to 15 minutes, which is the provider's patience too.
        timeouts={"create": "30m", "update": "30m", "delete": "30m"},
        tags=tags.named(name),
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=[load_balancer.listeners[endpoint.role]],
            ignore_changes=["tags", "tagsAll"],
            replace_on_changes=["vpcOriginEndpointConfig"],
        ),
    )


def own_origin(
    name: str, endpoint: Endpoint, plan: Plan, load_balancer: LoadBalancer, secret: pulumi.Output[str] | None, tags: Tags, parent: pulumi.Resource
) -> dict[str, Any]:
    """An endpoint as a distribution has it that is of the same stack. ``secret`` is what CloudFront proves itself by, where that is asked."""
    common: dict[str, Any] = {"origin_id": endpoint.role, "domain_name": load_balancer.balancer.dns_name}
    if endpoint is not GATEWAY:
        # By default CloudFront sends a GET that is silent for the whole timeout again, twice ("Connection attempts" in its guide).
        common["connection_attempts"] = 1
    if secret is not None:
        common["custom_headers"] = [{"name": ORIGIN_SECRET_HEADER, "value": secret}]
    if not plan.internal:
        ports = {"http_port": 80, "https_port": endpoint.port(plan.https)}
        return {**common, "custom_origin_config": {"origin_protocol_policy": "https-only", **ports, "origin_ssl_protocols": ["TLSv1.2"], **_TIMEOUTS}}
    origin = vpc_origin(name, endpoint, plan, load_balancer, tags, parent)
    return {**common, "vpc_origin_config": {"vpc_origin_id": origin.id, **_TIMEOUTS}}


def of_region(origin_id: str, domain_name: pulumi.Input[str], vpc_origin_id: pulumi.Input[str]) -> dict[str, Any]:
    """An endpoint of a Region as a distribution has it that is for several.

    A Region that does not answer is given up after 3 seconds: by default CloudFront tries three times for 10 seconds each before it asks the next
    one (its guide, "Control origin timeouts and attempts").
    """
    return {
        "origin_id": origin_id,
        "domain_name": domain_name,
        "connection_attempts": 1,
        "connection_timeout": 3,
        "vpc_origin_config": {"vpc_origin_id": vpc_origin_id, **_TIMEOUTS},
    }
