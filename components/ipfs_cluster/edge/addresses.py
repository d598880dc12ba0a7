"""Addresses of the gateway and the APIs, for people and programs."""

import pulumi

from .. import permissions
from ..credentials.credentials import Credentials
from ..permissions import Account
from . import page
from .distributions import Distributions
from .domain import Domain, Target
from .load_balancer import LoadBalancer
from .plan import API, GATEWAY, PINNING, PINNING_PATH, Plan, ctl_options


class Addresses:
    """Addresses, ready command lines, and the records that lead to them. All are none where neither a load balancer nor a distribution is."""

    def __init__(
        self,
        *,
        plan: Plan,
        balancer: LoadBalancer | None,
        distributions: Distributions | None,
        domain: Domain | None,
        credentials: Credentials | None,
        account: Account,
    ) -> None:
        """Without ``credentials`` there are no command lines."""
        self.gateway_url: pulumi.Output[str] | None = None
        self.api_url: pulumi.Output[str] | None = None
        self.pinning_service_url: pulumi.Output[str] | None = None
        self.console_url: pulumi.Output[str] | None = None
        self.ctl_command: pulumi.Output[str] | None = None
        self.curl_command: pulumi.Output[str] | None = None
        self.records: dict[str, pulumi.Output[str]] = {}
        """The records that are the user's to make: the target of each name."""
        self.websites: dict[str, pulumi.Input[str]] = {}
        """The websites: ID of the hosted zone that the records of each are in, empty where that is not the stack's."""
        self.publisher_policy: pulumi.Output[str] | None = None
        """IAM policy of those who publish websites."""
        pinning: pulumi.Output[str]
        if distributions is not None:
            self.gateway_url = distributions.gateway_url
            self.api_url = pulumi.Output.concat("https://", plan.api_host or distributions.api.domain_name)
            pinning = pulumi.Output.concat(self.api_url, PINNING_PATH)
        elif balancer is not None:
            self.gateway_url = balancer.url(GATEWAY, plan.gateway_host)
            self.api_url = balancer.url(API, plan.api_host)
            pinning = balancer.url(PINNING, plan.api_host)
        else:
            return
        if plan.console:
            self.console_url = pulumi.Output.concat(self.api_url, page.PATH, "/")
        if plan.pinning_service:
            self.pinning_service_url = pinning
        if credentials is not None:
            self.ctl_command, self.curl_command = _commands(self.api_url, credentials, account)
        if domain is not None:
            self.records = {host: target.name for host, target in targets(plan, balancer, distributions).items() if domain.zone_of(host) is None}
            self.websites = {host: domain.zone_of(host) or "" for host in plan.websites}
        if distributions is not None and plan.websites:
            policy = pulumi.Output.all(zones=self.websites, distribution=distributions.gateway.arn).apply(
                lambda known: permissions.publisher_policy(account, known["zones"], known["distribution"])
            )
            self.publisher_policy = pulumi.Output.json_dumps(policy)


def targets(plan: Plan, balancer: LoadBalancer | None, distributions: Distributions | None) -> dict[str, Target]:
    """What each of the edge's names points to; nothing where it is another stack's."""
    if distributions is not None:
        gateway, api = distributions.gateway, distributions.api
        return {
            **dict.fromkeys(plan.gateway_hosts, Target(gateway.domain_name, gateway.hosted_zone_id, ipv6=True)),
            **dict.fromkeys(plan.api_hosts, Target(api.domain_name, api.hosted_zone_id, ipv6=True)),
        }
    return dict.fromkeys(plan.hosts, Target(balancer.balancer.dns_name, balancer.balancer.zone_id, ipv6=False)) if balancer else {}


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
    ctl = pulumi.Output.all(api_url, pair).apply(lambda both: f'CLUSTER_CREDENTIALS="{both[1]}" ipfs-cluster-ctl{ctl_options(both[0])} peers ls')
    # Not by --user: other users of the machine see command lines.
    curl = pulumi.Output.format('curl --config <(printf \'user = "%s"\' "{1}") {0}/peers', api_url, pair)
    return ctl, curl
