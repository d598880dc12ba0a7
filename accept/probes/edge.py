"""Experiments with VPC origins that need a real CloudFront."""

import time
from typing import Any

from ..aws import code
from ..context import Context
from ..errors import NotApplicableError, ProbeFailedError
from ..results import Probe, Result
from ..web import WebError


def origin_alias(ctx: Context) -> Result:
    """The kit's own distribution uses the stack's VPC origin with another domain name than the load balancer's."""
    own = ctx.aws.call("cloudfront", "get_distribution_config", Id=ctx.output("gateway_distribution_id"))["DistributionConfig"]
    origin = own["Origins"]["Items"][0]
    if "VpcOriginConfig" not in origin:
        raise NotApplicableError("the stack has no VPC origin in this Region")
    comment = f"accept-{ctx.stack.name}-alias"
    config: dict[str, Any] = {
        "CallerReference": comment,
        "Comment": comment,
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{**origin, "Id": "alias", "DomainName": f"alias.{ctx.stack.name}.example.com"}]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "alias",
            "ViewerProtocolPolicy": "https-only",
            "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",  # AWS's own CachingDisabled
        },
        "PriceClass": "PriceClass_100",
    }
    by_hand = f"aws cloudfront list-distributions --query \"DistributionList.Items[?Comment=='{comment}'].Id\"  # disable, then delete it"
    with ctx.loose("distribution", comment, by_hand):
        try:
            distribution = ctx.aws.call(
                "cloudfront",
                "create_distribution_with_tags",
                DistributionConfigWithTags={"DistributionConfig": config, "Tags": {"Items": [{"Key": "ipfs-cluster", "Value": ctx.flat}]}},
            )["Distribution"]
        except Exception as error:
            if not code(error):
                raise
            said = f"no: CloudFront refuses it, {code(error)}"
            return Result([str(error)], {"origin-alias": said})
        ctx.clock.until(
            "the distribution is deployed",
            lambda: ctx.aws.call("cloudfront", "get_distribution", Id=distribution["Id"])["Distribution"]["Status"] == "Deployed",
            30,
            20,
        )
        try:
            answer = ctx.web.request("GET", f"https://{distribution['DomainName']}/ipfs/bafkqaaa?format=raw")
            said = f"{'yes' if answer.status == 200 else 'not so simply'}: CloudFront accepts it, and a request is answered with {answer.status}"
        except WebError as error:
            said = f"CloudFront accepts it, but does not answer: {error}"
    return Result(["requested through the kit's own distribution, which was deleted again"], {"origin-alias": said})


def balancer_subnets(ctx: Context) -> Result:
    """Removes one subnet of the load balancer, and adds it again."""
    balancers = [one["arn"] for one in ctx.state.resources if one["type"] == "aws:lb/loadBalancer:LoadBalancer"]
    if not balancers:
        raise NotApplicableError("the stack has no load balancer")
    (found,) = ctx.aws.call("elbv2", "describe_load_balancers", LoadBalancerArns=balancers[:1])["LoadBalancers"]
    subnets = [zone["SubnetId"] for zone in found["AvailabilityZones"]]
    if len(subnets) < 3:
        raise NotApplicableError(f"the load balancer has {len(subnets)} subnets and needs two")
    command = f"aws elbv2 set-subnets --region {ctx.aws.region} --load-balancer-arn {balancers[0]} --subnets {' '.join(subnets)}"
    with ctx.loose("load balancer's subnets", balancers[0], command, subnets=subnets):
        try:
            ctx.aws.call("elbv2", "set_subnets", LoadBalancerArn=balancers[0], Subnets=subnets[:-1])
        except Exception as error:
            if not code(error):
                raise
            return Result([str(error)], {"balancer-subnets": f"no: {code(error)}"})
        ctx.clock.sleep(60)
        answers = [ctx.read(f"ipfs/bafkqaaa?format=raw&accept={time.time_ns()}").status for _ in range(5)]
    ctx.clock.until("the gateway answers with all subnets again", lambda: ctx.read(f"ipfs/bafkqaaa?format=raw&accept={time.time_ns()}").status == 200, 10)
    (now,) = ctx.aws.call("elbv2", "describe_load_balancers", LoadBalancerArns=balancers[:1])["LoadBalancers"]
    if {zone["SubnetId"] for zone in now["AvailabilityZones"]} != set(subnets):
        raise ProbeFailedError(f"the load balancer did not get all its subnets back; run: {command}")
    return Result([f"with one subnet less the gateway answered {answers}"], {"balancer-subnets": f"yes; with one less five reads were answered {answers}"})


PROBES = (
    Probe("origin-alias", "Whether a VPC origin can have another domain name.", 15, origin_alias, ("origin-alias",)),
    Probe("balancer-subnets", "Whether the load balancer's subnets can change under a VPC origin.", 3, balancer_subnets, ("balancer-subnets",)),
)
