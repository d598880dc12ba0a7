"""Where gateway and APIs are, as people and programs are told."""

from typing import Optional

import pulumi

from ..credentials.credentials import Credentials
from ..permissions import Account
from . import plan as edge
from .distributions import Distributions
from .domain import Domain
from .load_balancer import LoadBalancer


class Addresses:
    """Addresses, ready command lines, and the records that lead to them. All are none without a load balancer."""

    def __init__(
        self,
        plan: edge.Plan,
        balancer: Optional[LoadBalancer],
        distributions: Optional[Distributions],
        domain: Optional[Domain],
        credentials: Credentials,
        account: Account,
    ) -> None:
        self.gateway_url: Optional[pulumi.Output[str]] = None
        self.api_url: Optional[pulumi.Output[str]] = None
        self.pinning_service_url: Optional[pulumi.Output[str]] = None
        self.ctl_command: Optional[pulumi.Output[str]] = None
        self.curl_command: Optional[pulumi.Output[str]] = None
        self.records: dict[str, pulumi.Output[str]] = {}
        """The records that are the user's to make: the target of each name."""
        if balancer is None:
            return
        pinning: pulumi.Output[str]
        if distributions is not None:
            self.gateway_url = pulumi.Output.concat("https://", plan.gateway_host or distributions.gateway.domain_name)
            self.api_url = pulumi.Output.concat("https://", plan.api_host or distributions.api.domain_name)
            pinning = pulumi.Output.concat(self.api_url, edge.PINNING_PATH)
        else:
            self.gateway_url = balancer.url(edge.GATEWAY, plan.gateway_host)
            self.api_url = balancer.url(edge.API, plan.api_host)
            pinning = balancer.url(edge.PINNING, plan.api_host)
        if plan.pinning_service:
            self.pinning_service_url = pinning
        self.ctl_command, self.curl_command = _commands(self.api_url, credentials, account)
        if domain is not None:
            self._records(plan, balancer, distributions, domain)

    def _records(self, plan: edge.Plan, balancer: LoadBalancer, distributions: Optional[Distributions], domain: Domain) -> None:
        if distributions is None:
            domain.point(plan.hosts, balancer.balancer.dns_name, balancer.balancer.zone_id, ipv6=False)
            targets = dict.fromkeys(plan.hosts, balancer.balancer.dns_name)
        else:
            domain.point(plan.gateway_hosts, distributions.gateway.domain_name, distributions.gateway.hosted_zone_id, ipv6=True)
            domain.point([plan.api_host], distributions.api.domain_name, distributions.api.hosted_zone_id, ipv6=True)
            targets = {**dict.fromkeys(plan.gateway_hosts, distributions.gateway.domain_name), plan.api_host: distributions.api.domain_name}
        if not domain.has_zone:
            self.records = targets


def _commands(api_url: pulumi.Output[str], credentials: Credentials, account: Account) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Command lines of ipfs-cluster-ctl and curl that ask the REST API for its peers, without a secret in them."""
    if credentials.api_username is not None:
        pair = pulumi.Output.from_input("$(pulumi stack output api_username):$(pulumi stack output api_password --show-secrets)")
    else:
        pair = pulumi.Output.format(
            "$(aws ssm get-parameter --region {0} --with-decryption --name {1} --query Parameter.Value --output text)",
            account.region,
            credentials.api_parameter,
        )
    ctl = pulumi.Output.all(api_url, pair).apply(lambda known: f'CLUSTER_CREDENTIALS="{known[1]}" ipfs-cluster-ctl{edge.ctl_options(known[0])} peers ls')
    # Not by --user: other users of the machine see command lines.
    curl = pulumi.Output.format('curl --config <(printf \'user = "%s"\' "{1}") {0}/peers', api_url, pair)
    return ctl, curl
