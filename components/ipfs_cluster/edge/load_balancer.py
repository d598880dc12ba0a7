"""The load balancer: a listener and a target group for each endpoint, over all nodes."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from .. import permissions
from ..context import ClusterContext
from ..daemons import task
from ..inputs.edge import ResolvedEdge
from ..network.firewall import egress, ingress
from ..network.network import Network
from ..storage.buckets import closed_bucket
from .plan import GATEWAY, ORIGIN_SECRET_HEADER, Endpoint, Plan

_TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"  # TLS 1.2 and 1.3
_CLOUDFRONT = "com.amazonaws.global.cloudfront.origin-facing"

# A rule has five values at most, the secret header's among them (ELB User Guide, "Quotas for your Application Load Balancers").
_READS, _WRITES = ("GET", "HEAD", "OPTIONS"), ("POST", "PUT", "PATCH", "DELETE")
READ_ONLY = "This cluster only follows others: it is read-only. Add, pin and unpin at a cluster that it follows.\n"
"""The answer to what would change the pinset."""


def _methods(values: Sequence[str]) -> dict[str, Any]:
    return {"http_request_method": {"values": list(values)}}


class LoadBalancer(pulumi.ComponentResource):
    """An application load balancer. Nodes register in its target groups by themselves, as their services say."""

    def __init__(
        self,
        name: str,
        *,
        edge: ResolvedEdge,
        plan: Plan,
        network: Network,
        certificate_arn: pulumi.Output[str] | None,
        origin_secret: pulumi.Output[str] | None,
        context: ClusterContext,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """``name`` is the component's. ``origin_secret`` is what CloudFront must prove itself by, where that is asked."""
        super().__init__("ipfs-cluster:index:LoadBalancer", f"{name}-load-balancer", {}, opts)
        self._name, self._edge, self._plan, self._network = name, edge, plan, network
        self._certificate_arn, self._origin_secret, self._context = certificate_arn, origin_secret, context
        self._own = pulumi.ResourceOptions(parent=self)

        groups = self._security_groups()
        logs: list[pulumi.Resource] = []
        access_logs: Any = None
        self.log_bucket: aws.s3.Bucket | None = None
        """Where access logs go, its own and CloudFront's; none without them."""
        if edge.access_log_days:
            bucket, logs = self._log_bucket()
            self.log_bucket = bucket
            access_logs = {"bucket": bucket.bucket, "enabled": True}
        # What cannot move is replaced, and created before the old one goes: a target group belongs to one load balancer only.
        self._replacement_key = network.vpc_id.apply(lambda vpc: f"{edge.scheme} {vpc}")
        self.balancer: aws.lb.LoadBalancer = aws.lb.LoadBalancer(
            f"{name}-alb",
            load_balancer_type="application",
            internal=plan.internal,
            subnets=network.load_balancer_subnet_ids,
            security_groups=groups,
            idle_timeout=task.IDLE_TIMEOUT_SECONDS,
            drop_invalid_header_fields=True,
            preserve_host_header=True,  # otherwise it appends the port to Host, which kubo and clients' signatures depend on
            access_logs=access_logs,
            tags=context.tags.named(f"{name}-alb"),
            # The internet gateway must be there for an internet-facing one, and for VPC origins too.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[network, *logs], replacement_trigger=self._replacement_key),
        )
        self.log_bucket_ready: list[pulumi.Resource] = logs
        """What must be there before anyone else writes to the bucket."""
        self.target_groups: dict[str, aws.lb.TargetGroup] = {}
        """By the endpoint's role."""
        self.listeners: dict[str, aws.lb.Listener] = {}
        for endpoint in plan.endpoints:
            self.target_groups[endpoint.role] = self._target_group(endpoint)
            self.listeners[endpoint.role] = self._listener(endpoint)
        self.register_outputs({"dnsName": self.balancer.dns_name})

    def url(self, endpoint: Endpoint, host: str) -> pulumi.Output[str]:
        """Where an endpoint is reached without CloudFront; ``host`` is its own name, empty for the load balancer's."""
        port, default = endpoint.port(self._plan.https), 443 if self._plan.https else 80
        scheme = "https" if self._plan.https else "http"
        return pulumi.Output.concat(f"{scheme}://", host or self.balancer.dns_name, "" if port == default else f":{port}")

    def _security_groups(self) -> list[pulumi.Output[str]]:
        """One for each listener: CloudFront's prefix list counts as 55 of the 60 rules that a group may have."""
        plan, network, tags, own = self._plan, self._network, self._context.tags, self._own
        sources: list[dict[str, Any]]
        if plan.admits_cloudfront:
            # As VPC origins too CloudFront comes from these addresses. An internal load balancer takes them from this account's
            # distributions only, an internet-facing one recognizes them by the secret header.
            prefix_list = aws.ec2.get_managed_prefix_list_output(name=_CLOUDFRONT, opts=pulumi.InvokeOutputOptions(parent=self))
            sources = [{"prefix_list": prefix_list.id}]
        elif plan.internal:
            sources = [{"prefix_list": network.ranges}]
        else:
            sources = [{"cidr": cidr} for cidr in self._edge.allowed_cidrs]
        group_ids = []
        for endpoint in plan.endpoints:
            name = f"{self._name}-alb-{endpoint.role}"
            group = aws.ec2.SecurityGroup(
                name, vpc_id=network.vpc_id, description=f"Load balancer of the IPFS cluster, {endpoint.role}", tags=tags.named(name), opts=own
            )
            for source in sources:
                # By the port, so that a listener on another one is there before the old one goes.
                rule = f"{name}-{endpoint.port(plan.https)}" + (f"-from-{source['cidr'].replace('/', '-')}" if "cidr" in source else "")
                why = "Clients" if "cidr" in source else "CloudFront" if plan.admits_cloudfront else "The VPC"
                ingress(rule, group.id, "tcp", endpoint.port(plan.https), f"{why} to the {endpoint.role}", tags, own, **source)
            node, port = network.nodes_security_group_id, endpoint.container_port
            egress(f"{name}-to-nodes", group.id, "tcp", port, f"The {endpoint.role} of nodes", tags, own, target=node)
            ingress(f"{name}-nodes", node, "tcp", port, f"The {endpoint.role} from the load balancer", tags, own, source=group.id)
            group_ids.append(group.id)
        return group_ids

    def _target_group(self, endpoint: Endpoint) -> aws.lb.TargetGroup:
        name = f"{self._name}-{endpoint.role}"
        return aws.lb.TargetGroup(
            name,
            vpc_id=self._network.vpc_id,
            port=endpoint.container_port,
            protocol="HTTP",
            target_type="ip",
            # A node that leaves ends what it is doing. ECS waits as long before it stops the task, at every update of every node, also when
            # nothing is left to end: the target stays "draining" until then (ELB User Guide, "Edit target group attributes").
            deregistration_delay=15,
            # A dead node gets nothing more after 10 to 15 s, one that hangs after 13 to 24 s. A new one gets its share after 5 s (its first
            # success is enough: "it must pass one health check", ELB User Guide), one that was out after 5 to 10 s. ECS replaces a node
            # that is out, so a busy one may be silent for 13 s.
            health_check={
                "protocol": "HTTP",
                "path": endpoint.health_path,
                "matcher": endpoint.health_status,
                "interval": 5,
                "timeout": 3,
                "healthy_threshold": 2,
                "unhealthy_threshold": 3,
            },
            tags=self._context.tags.named(name),
            opts=pulumi.ResourceOptions(parent=self, replacement_trigger=self._replacement_key),
        )

    def _listener(self, endpoint: Endpoint) -> aws.lb.Listener:
        plan = self._plan
        name = f"{self._name}-{endpoint.role}" + ("-https" if plan.https else "")
        forward: Any = {"type": "forward", "target_group_arn": self.target_groups[endpoint.role].arn}
        deny: Any = {"type": "fixed-response", "fixed_response": {"status_code": "403", "content_type": "text/plain", "message_body": "Forbidden"}}
        listener = aws.lb.Listener(
            name,
            load_balancer_arn=self.balancer.arn,
            port=endpoint.port(plan.https),
            protocol="HTTPS" if plan.https else "HTTP",
            ssl_policy=_TLS_POLICY if plan.https else None,
            certificate_arn=self._certificate_arn if plan.https else None,
            default_actions=[deny if self._origin_secret is not None else forward],
            tags=self._context.tags.named(name),
            opts=self._own,
        )
        closed = plan.read_only and endpoint is not GATEWAY
        proof: Any = [{"http_header": {"http_header_name": ORIGIN_SECRET_HEADER, "values": [self._origin_secret]}}] if self._origin_secret is not None else []
        if proof:
            self._rule(name, listener, 1, [*proof, *([_methods(_READS)] if closed else [])], forward)
        if closed:
            token: Any = {"path_pattern": {"values": ["/token"]}}  # changes a password into a token, by a POST, and nothing else
            message = {"status_code": "403", "content_type": "text/plain", "message_body": READ_ONLY}
            self._rule(f"{name}-token", listener, 2, [*proof, token], forward)
            self._rule(f"{name}-read-only", listener, 3, [*proof, _methods(_WRITES)], {"type": "fixed-response", "fixed_response": message})
        return listener

    def _rule(self, name: str, listener: aws.lb.Listener, priority: int, conditions: list[Any], action: Any) -> None:
        aws.lb.ListenerRule(
            name,
            listener_arn=listener.arn,
            priority=priority,
            conditions=conditions,
            actions=[action],
            tags=self._context.tags.named(name),
            opts=self._own,
        )

    def _log_bucket(self) -> tuple[aws.s3.Bucket, list[pulumi.Resource]]:
        days = self._edge.access_log_days
        bucket, policy = closed_bucket(
            f"{self._name}-access-logs",
            self,
            self._context.tags,
            retain=False,
            rule={"id": "expire", "expiration": {"days": days}},
            policy=lambda arn: permissions.log_bucket_policy(self._context.account, arn, self._plan.cloudfront),
        )
        return bucket, [policy]
