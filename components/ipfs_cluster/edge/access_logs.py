"""CloudFront's access logs. Only they have the clients' own addresses: the load balancer's logs have those of CloudFront."""

from typing import Any

import pulumi
import pulumi_aws as aws

from ..context import ClusterContext
from .distributions import Distributions
from .load_balancer import LoadBalancer
from .plan import CERTIFICATE_REGION


class AccessLogs(pulumi.ComponentResource):
    """Standard logging (v2) of both distributions into the bucket of the load balancer's access logs, as lines of JSON."""

    def __init__(
        self,
        name: str,
        *,
        distributions: Distributions,
        load_balancer: LoadBalancer,
        context: ClusterContext,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Raises ValueError where the load balancer has no bucket for them."""
        super().__init__("ipfs-cluster:index:AccessLogs", name, {}, opts)
        if load_balancer.log_bucket is None:
            raise ValueError("there is no bucket for access logs")
        # Where all of CloudFront's log deliveries are, whatever the bucket's Region (CloudFront Developer Guide, "Configure standard
        # logging (v2)"). Its policy must exist first, or AWS adds to it.
        tags = context.tags
        own = pulumi.ResourceOptions(parent=self, depends_on=load_balancer.log_bucket_ready)
        bucket: Any = {"destination_resource_arn": load_balancer.log_bucket.arn}
        destination = aws.cloudwatch.LogDeliveryDestination(
            name,
            delivery_destination_configuration=bucket,
            output_format="json",
            region=CERTIFICATE_REGION,
            tags=tags.named(name),
            opts=own,
        )
        before: list[pulumi.Resource] = []
        for role, distribution in (("gateway", distributions.gateway), ("api", distributions.api)):
            source = aws.cloudwatch.LogDeliverySource(
                f"{name}-{role}",
                log_type="ACCESS_LOGS",
                resource_arn=distribution.arn,
                region=CERTIFICATE_REGION,
                tags=tags.named(f"{name}-{role}"),
                opts=own,
            )
            delivery = aws.cloudwatch.LogDelivery(
                f"{name}-{role}",
                delivery_source_name=source.name,
                delivery_destination_arn=destination.arn,
                region=CERTIFICATE_REGION,
                tags=tags.named(f"{name}-{role}"),
                # One after the other: AWS refuses two at once to one destination (hashicorp/terraform-provider-aws#42194).
                opts=pulumi.ResourceOptions(parent=self, depends_on=before),
            )
            before = [delivery]
        self.register_outputs({})
