"""The edge's own names: certificates and records."""

from collections.abc import Callable, Sequence
from typing import Optional

import pulumi
import pulumi_aws as aws

from ..args import EdgeSettings, checked
from ..tags import Tags
from . import plan as edge

_Option = aws.acm.outputs.CertificateDomainValidationOption


class Domain(pulumi.ComponentResource):
    """Certificates for the edge's names, and their records in Route 53 where its zone is given."""

    def __init__(self, name: str, settings: EdgeSettings, plan: edge.Plan, region: str, tags: Tags, opts: Optional[pulumi.ResourceOptions] = None) -> None:
        super().__init__("ipfs-cluster:index:Domain", name, {}, opts)
        self._name, self._plan, self._tags = name, plan, tags
        self._own = pulumi.ResourceOptions(parent=self)
        self._zone: Optional[pulumi.Output[str]] = self._checked_zone(settings) if "zone_id" in settings else None

        self.certificate_arn: Optional[pulumi.Output[str]] = None
        """CloudFront's certificate, usable; none without CloudFront."""
        self.load_balancer_certificate_arn: Optional[pulumi.Output[str]] = None
        """The load balancer's certificate, usable; none where it speaks HTTP."""
        self.kept: dict[str, pulumi.Output[str]] = {}
        """What a destroy leaves: hosted zone and name, by what it is."""
        proofs: dict[str, aws.route53.Record] = {}
        if plan.cloudfront:
            self.certificate_arn = self._given(settings, "certificate_arn", edge.CERTIFICATE_REGION) or self._issued(edge.CERTIFICATE_REGION, proofs)
        if plan.https:
            self.load_balancer_certificate_arn = self._given(settings, "load_balancer_certificate_arn", region)
            if self.load_balancer_certificate_arn is None and region == edge.CERTIFICATE_REGION and "certificate_arn" not in settings:
                self.load_balancer_certificate_arn = self.certificate_arn  # one serves both
            if self.load_balancer_certificate_arn is None:
                self.load_balancer_certificate_arn = self._issued(region, proofs)
        self.register_outputs({})

    @property
    def has_zone(self) -> bool:
        """Whether records are made here; else they are the user's to make."""
        return self._zone is not None

    def _checked_zone(self, settings: EdgeSettings) -> pulumi.Output[str]:
        if isinstance(settings["zone_id"], str):
            return pulumi.Output.from_input(settings["zone_id"])  # it was looked at before anything was made
        found = aws.route53.get_zone_output(zone_id=settings["zone_id"], opts=pulumi.InvokeOutputOptions(parent=self))

        def refuse(zone: aws.route53.GetZoneResult) -> str:
            wrong = edge.check_zone(settings["domain"], edge.HostedZone(zone.name, bool(zone.private_zone)))
            if wrong:
                raise pulumi.RunError(f"edge.domain: {wrong}.")
            return zone.zone_id

        return found.apply(refuse)

    def _given(self, settings: EdgeSettings, key: str, region: str) -> Optional[pulumi.Output[str]]:
        if key not in settings:
            return None
        return checked(f"edge.{key}", settings[key], lambda arn: edge.check_certificate(arn, region))  # type: ignore[literal-required]

    def _issued(self, region: str, proofs: dict[str, aws.route53.Record]) -> pulumi.Output[str]:
        """A certificate of a Region for all names, proven by records. They are the same in every Region, so made once."""
        name, hosts = f"{self._name}-{region}", self._plan.certificate_hosts
        certificate = aws.acm.Certificate(
            name,
            domain_name=hosts[0],
            subject_alternative_names=hosts[1:],
            validation_method="DNS",
            region=region,
            tags=self._tags.named(name),
            opts=self._own,
        )
        for host in self._plan.hosts:
            proven = edge.proof(host)
            if proven not in proofs:
                option = certificate.domain_validation_options.apply(_of(host))
                proofs[proven] = aws.route53.Record(
                    f"{self._name}-proof-{_label(proven)}",
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
                        # What it was called when a wildcard had a record of its own.
                        aliases=[pulumi.Alias(name=f"{self._name}-proof-{_label(host)}")] if host != proven else None,
                    ),
                )
                # A record has no ARN of its own.
                self.kept[f"validation record of {proven}"] = pulumi.Output.format("arn:aws:route53:::hostedzone/{0} {1}", self._zone, proofs[proven].name)
        validation = aws.acm.CertificateValidation(
            name, certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn for record in proofs.values()], region=region, opts=self._own
        )
        return validation.certificate_arn

    def point(self, hosts: Sequence[str], target: pulumi.Output[str], target_zone: pulumi.Output[str], ipv6: bool) -> None:
        """Points names to a distribution or load balancer, where the zone is known."""
        if self._zone is None:
            return
        for host in hosts:
            for type_ in ("A", "AAAA") if ipv6 else ("A",):
                aws.route53.Record(
                    f"{self._name}-{_label(host)}-{type_.lower()}",
                    zone_id=self._zone,
                    name=host,
                    type=type_,
                    aliases=[{"name": target, "zone_id": target_zone, "evaluate_target_health": False}],
                    opts=self._own,
                )


def _of(host: str) -> Callable[[Sequence[_Option]], _Option]:
    return lambda options: next(option for option in options if option.domain_name == host)


def _label(host: str) -> str:
    return host.replace("*", "any").replace(".", "-")
