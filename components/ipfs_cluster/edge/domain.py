"""The edge's own names: certificates and records."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import ClusterContext
from ..inputs import checks, websites
from ..inputs.edge import ResolvedEdge, certificate_check, hosted_zone_problem
from ..inputs.problems import path
from .plan import CERTIFICATE_REGION, HostedZone, Plan, proof

_Option = aws.acm.outputs.CertificateDomainValidationOption


@dataclass(frozen=True)
class Target:
    """What a name points to."""

    name: pulumi.Output[str]
    """Its host name."""
    zone_id: pulumi.Output[str]
    """Its own hosted zone."""
    ipv6: bool


class Domain(pulumi.ComponentResource):
    """Certificates for the edge's names, and their records in Route 53 where its zone is given."""

    def __init__(self, name: str, *, edge: ResolvedEdge, plan: Plan, context: ClusterContext, opts: pulumi.ResourceOptions | None = None) -> None:
        """The records come last, by `point`: what they point to needs the certificates."""
        super().__init__("ipfs-cluster:index:Domain", name, {}, opts)
        self._name, self._plan, self._context = name, plan, context
        self._own = pulumi.ResourceOptions(parent=self)
        self._zone: pulumi.Output[str] | None = None if edge.zone_id is None else self._checked_zone(edge, edge.zone_id)

        self.certificate_arn: pulumi.Output[str] | None = None
        """CloudFront's certificate, usable; none without CloudFront."""
        self.load_balancer_certificate_arn: pulumi.Output[str] | None = None
        """The load balancer's certificate, usable; none where it speaks HTTP."""
        self.kept: dict[str, pulumi.Output[str]] = {}
        """What a destroy leaves: hosted zone and name, by what it is."""
        proofs: dict[str, aws.route53.Record] = {}
        if plan.cloudfront:
            given = self._given("certificate_arn", edge.certificate_arn, CERTIFICATE_REGION)
            self.certificate_arn = given or self._issued(CERTIFICATE_REGION, proofs)
        if plan.https:
            region = context.account.region
            self.load_balancer_certificate_arn = self._given("load_balancer_certificate_arn", edge.load_balancer_certificate_arn, region)
            if self.load_balancer_certificate_arn is None and region == CERTIFICATE_REGION and edge.certificate_arn is None:
                self.load_balancer_certificate_arn = self.certificate_arn  # one serves both
            if self.load_balancer_certificate_arn is None:
                self.load_balancer_certificate_arn = self._issued(region, proofs)

    def zone_of(self, host: str) -> pulumi.Output[str] | None:
        """ID of the hosted zone in which a name's records are created here; none where the user creates them."""
        return None if host in self._plan.outside_zone else self._zone

    def _checked_zone(self, edge: ResolvedEdge, zone_id: pulumi.Input[str]) -> pulumi.Output[str]:
        if isinstance(zone_id, str):
            return pulumi.Output.from_input(zone_id)  # it was looked up and checked before anything was created

        def checked(zone: aws.route53.GetZoneResult) -> str:
            hosted_zone = HostedZone(zone.name, bool(zone.private_zone))
            checks.refuse(self._context.spelling, hosted_zone_problem(edge.domain or "", hosted_zone))
            checks.refuse(self._context.spelling, next(websites.zone_problems(edge.websites, hosted_zone), None))
            return zone.zone_id

        return aws.route53.get_zone_output(zone_id=zone_id, opts=pulumi.InvokeOutputOptions(parent=self)).apply(checked)

    def _given(self, name: str, arn: pulumi.Input[str] | None, region: str) -> pulumi.Output[str] | None:
        return None if arn is None else checks.later(self._context.spelling, path("edge", name), arn, certificate_check(region))

    def _issued(self, region: str, proofs: dict[str, aws.route53.Record]) -> pulumi.Output[str]:
        """A certificate of a Region for all names, proven by records. They are the same in every Region, so they are created once."""
        name, hosts = f"{self._name}-{region}", self._plan.certificate_hosts
        certificate = aws.acm.Certificate(
            name,
            domain_name=hosts[0],
            subject_alternative_names=hosts[1:],
            validation_method="DNS",
            region=region,
            tags=self._context.tags.named(name),
            opts=self._own,
        )
        for host in self._plan.hosts:
            proven = proof(host)
            if proven not in proofs:
                option = certificate.domain_validation_options.apply(_of(host))
                proofs[proven] = aws.route53.Record(
                    f"{self._name}-proof-{self._label(proven)}",
                    zone_id=self._zone,
                    name=option.apply(lambda o: str(o.resource_record_name)),
                    type=option.apply(lambda o: str(o.resource_record_type)),
                    records=[option.apply(lambda o: str(o.resource_record_value))],
                    ttl=300,
                    allow_overwrite=True,  # another stack's certificate for the same name has the same record
                    # That other one needs it to be renewed, so it is left there.
                    opts=pulumi.ResourceOptions(
                        parent=self,
                        retain_on_delete=True,
                        # Its name when a wildcard had its own record.
                        aliases=[pulumi.Alias(name=f"{self._name}-proof-{self._label(host)}")] if host != proven else None,
                    ),
                )
                # A record has no ARN.
                self.kept[f"validation record of {proven}"] = pulumi.Output.format("arn:aws:route53:::hostedzone/{0} {1}", self._zone, proofs[proven].name)
        validation = aws.acm.CertificateValidation(
            name, certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn for record in proofs.values()], region=region, opts=self._own
        )
        return validation.certificate_arn

    def point(self, targets: Mapping[str, Target]) -> None:
        """Points names to their distribution or load balancer, where the zone is known. Call it once, last."""
        for host, target in targets.items():
            zone = self.zone_of(host)
            for type_ in () if zone is None else ("A", "AAAA") if target.ipv6 else ("A",):
                aws.route53.Record(
                    f"{self._name}-{self._label(host)}-{type_.lower()}",
                    zone_id=zone,
                    name=host,
                    type=type_,
                    aliases=[{"name": target.name, "zone_id": target.zone_id, "evaluate_target_health": False}],
                    opts=self._own,
                )
        self.register_outputs({})

    def _label(self, host: str) -> str:
        """A name as part of a resource's. Websites keep their dots: they are any names, and two could differ in nothing else."""
        return host if host in self._plan.websites else host.replace("*", "any").replace(".", "-")


def _of(host: str) -> Callable[[Sequence[_Option]], _Option]:
    return lambda options: next(option for option in options if option.domain_name == host)
