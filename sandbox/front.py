"""The load balancer as an HAProxy configuration, pure: from what moto holds of Elastic Load Balancing, ECS and CloudFront.

CloudFront is not simulated, except for the headers that it adds to requests, and for what its functions refuse of websites: nothing is cached,
and the functions do not run. Where there are websites it also passes the nodes' DNS questions on, to the process with the stack's records.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import console
from .console import Site

IMAGE = "haproxy:3.2"
SERVICE = "load-balancer"
"""The load balancer's service in the Compose file."""

_HOST = "host.docker.internal"
# Added to a listener's port, this is the port in place of the distribution before it.
_DISTRIBUTION = 10000
# The role of a target group, by its container's name and port.
_ROLES = {("ipfs", 8080): "gateway", ("ipfs-cluster", 9094): "api", ("ipfs-cluster", 9097): "pinning"}


@dataclass(frozen=True)
class Target:
    """A node in a target group."""

    name: str
    """The node's name."""
    dns_name: str
    port: int


@dataclass(frozen=True)
class Rule:
    """A listener's rule, or what it does with requests that match none."""

    conditions: Sequence[str]
    """What must be true of a request, in HAProxy's words; none for every request."""
    status: str = ""
    """Of the answer; empty where the request goes on to the targets."""
    message: str = ""
    """The answer's body."""


@dataclass(frozen=True)
class Listener:
    """A listener, the targets and health check of its target group, and the distribution in front of it."""

    role: str
    port: int
    protocol: str
    """HTTP or HTTPS. TLS is not simulated; the nodes get the same headers about it as from the load balancer."""
    targets: Sequence[Target]
    health_path: str
    health_status: str
    interval: int
    timeout: int
    rise: int
    fall: int
    rules: Sequence[Rule]
    """In their order, the one for all other requests last."""
    distribution: bool
    """Whether a distribution is in front of it."""
    origin_headers: Mapping[str, str]
    """The headers that the distribution adds to requests."""

    @property
    def entrance(self) -> int:
        """The container's port for clients."""
        return self.port + _DISTRIBUTION if self.distribution else self.port


@dataclass(frozen=True)
class Front:
    """A load balancer with its listeners."""

    idle_timeout: int
    listeners: Sequence[Listener]
    websites: Sequence[str] = ()
    """The hosts that the gateway serves by DNSLink."""
    console: Site | None = None
    """The console, where the REST API's distribution serves it."""


@dataclass(frozen=True)
class Dns:
    """Where the nodes' DNS questions go."""

    address: str
    """The load balancer's, in the nodes' network."""
    host: str
    """The address of this machine there."""
    port: int
    """Of the process with the stack's records, on this machine."""


def read_front(client: Callable[[str], Any], dns_names: Mapping[str, str], websites: Sequence[str] = (), foreign: Collection[str] = ()) -> Front | None:
    """The only load balancer of an account's Region, if it has one. ``client`` gives its boto3 clients by service, ``dns_names`` are the nodes', by
    service, ``websites`` the hosts that the gateway serves by DNSLink, ``foreign`` the IDs of other stacks' distributions.
    """
    elb, ecs, cloudfront = client("elbv2"), client("ecs"), client("cloudfront")
    balancers = elb.describe_load_balancers()["LoadBalancers"]
    if not balancers:
        return None
    (balancer,) = balancers
    attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])["Attributes"]
    groups = {group["TargetGroupArn"]: group for group in elb.describe_target_groups()["TargetGroups"]}
    registered: dict[str, list[Target]] = {}
    roles: dict[str, str] = {}
    (cluster,) = ecs.list_clusters()["clusterArns"]
    for name, dns_name in dns_names.items():
        for target in ecs.describe_services(cluster=cluster, services=[name])["services"][0]["loadBalancers"]:
            registered.setdefault(target["targetGroupArn"], []).append(Target(name, dns_name, target["containerPort"]))
            roles[target["targetGroupArn"]] = _ROLES[target["containerName"], target["containerPort"]]
    distributions = [one for one in cloudfront.list_distributions()["DistributionList"].get("Items", []) if one["Id"] not in foreign]
    origins = {origin["Id"]: origin for distribution in distributions for origin in distribution["Origins"]["Items"]}

    def listener(held: Mapping[str, Any]) -> Listener:
        rules = elb.describe_rules(ListenerArn=held["ListenerArn"])["Rules"]
        ordered = sorted(rules, key=lambda rule: (rule["IsDefault"], int(rule["Priority"]) if not rule["IsDefault"] else 0))
        arn = next(action["TargetGroupArn"] for rule in ordered for action in rule["Actions"] if action["Type"] == "forward")
        group, role = groups[arn], roles[arn]
        return Listener(
            role=role,
            port=held["Port"],
            protocol=held["Protocol"],
            targets=registered[arn],
            health_path=group["HealthCheckPath"],
            health_status=group["Matcher"]["HttpCode"],
            interval=group["HealthCheckIntervalSeconds"],
            timeout=group["HealthCheckTimeoutSeconds"],
            rise=group["HealthyThresholdCount"],
            fall=group["UnhealthyThresholdCount"],
            rules=[_rule(rule) for rule in ordered],
            distribution=role in origins,
            origin_headers={h["HeaderName"]: h["HeaderValue"] for h in origins.get(role, {}).get("CustomHeaders", {}).get("Items", [])},
        )

    held = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    idle = next(int(a["Value"]) for a in attributes if a["Key"] == "idle_timeout.timeout_seconds")
    return Front(idle, sorted((listener(one) for one in held), key=lambda found: found.port), websites)


def _rule(held: Mapping[str, Any]) -> Rule:
    (action,) = held["Actions"]
    answer = action.get("FixedResponseConfig", {})
    return Rule([_condition(condition) for condition in held["Conditions"]], answer.get("StatusCode", ""), answer.get("MessageBody", ""))


def _condition(held: Mapping[str, Any]) -> str:
    if header := held.get("HttpHeaderConfig"):
        return f"{{ req.hdr({header['HttpHeaderName']}) -i {' '.join(header['Values'])} }}"
    if method := held.get("HttpRequestMethodConfig"):
        return f"{{ method {' '.join(method['Values'])} }}"
    return f"{{ path {' '.join(held['PathPatternConfig']['Values'])} }}"


def configuration(front: Front, dns: Dns | None = None) -> str:
    """HAProxy's configuration."""
    program = f"    lua-load {console.CODE}\n" if front.console else ""
    blocks = [
        f"""\
global
    log stdout format raw local0 notice
{program}
resolvers names
    parse-resolv-conf
    hold valid 1s

defaults
    mode http
    log global
    timeout connect 5s
    timeout client {front.idle_timeout}s
    timeout server {front.idle_timeout}s
    timeout http-request 60s
    # As in the load balancer: a node that does not answer is an error, and the next request goes to the next node.
    retries 0
    option forwardfor
"""
    ]
    for listener in front.listeners:
        if listener.distribution:
            blocks.append(_distribution(listener, front))
        blocks.append(_listener(listener))
        blocks.append(_target_group(listener))
    if dns:
        blocks.append(_dns(dns))
    return "\n".join(blocks)


def _dns(dns: Dns) -> str:
    # This machine has an address in the network where the engine runs on it, and a name where the engine has a machine of its own.
    return f"""\
defaults
    mode tcp
    log global
    timeout connect 5s
    timeout client 30s
    timeout server 30s

frontend dns
    bind :53
    default_backend dns

backend dns
    server address {dns.host}:{dns.port} check inter 1s
    server name {_HOST}:{dns.port} check inter 1s resolvers names init-addr libc,none
"""


def _websites(websites: Sequence[str]) -> str:
    if not websites:
        return ""
    host, path = f"{{ req.hdr(host),field(1,:),lower -m str {' '.join(websites)} }}", "{ path,url_dec -m reg -i '^/+(ipfs|ipns)(/|$)' }"
    return f"    http-request del-header X-Forwarded-Host\n    http-request return status 404 hdr Cache-Control no-store if {host} {path}\n"


def _distribution(listener: Listener, front: Front) -> str:
    rules = _websites(front.websites) if listener.role == "gateway" else ""
    if front.console and listener.role == "api":
        rules = console.rules(front.console)
    headers = "".join(f"    http-request set-header {name} {value}\n" for name, value in sorted(listener.origin_headers.items()))
    return f"""\
# In place of the CloudFront distribution of the {listener.role}.
frontend cloudfront-{listener.role}
    bind :{listener.entrance}
{headers}{rules}    default_backend cloudfront-{listener.role}

backend cloudfront-{listener.role}
    server listener 127.0.0.1:{listener.port}
"""


def _listener(listener: Listener) -> str:
    # Without a rule all requests go on.
    rules = "".join(map(_decision, listener.rules)) if len(listener.rules) > 1 else ""
    return f"""\
frontend {listener.role}
    bind :{listener.port}
    http-request set-header X-Forwarded-Proto {listener.protocol.lower()}
    http-request set-header X-Forwarded-Port {listener.port}
{rules}    default_backend {listener.role}
"""


def _decision(rule: Rule) -> str:
    condition = f" if {' '.join(rule.conditions)}" if rule.conditions else ""
    if not rule.status:
        return f"    http-request allow{condition}\n"
    message = rule.message.replace("\n", "\\n")
    return f'    http-request return status {rule.status} content-type text/plain string "{message}"{condition}\n'


def _target_group(listener: Listener) -> str:
    servers = "".join(f"    server {target.name} {target.dns_name}:{target.port} check resolvers names init-addr libc,none\n" for target in listener.targets)
    # The Host header is an address, as in the load balancer's checks: a kubo that serves DNSLink would look up a name.
    return f"""\
backend {listener.role}
    balance roundrobin
    timeout check {listener.timeout}s
    option httpchk
    http-check send meth GET uri {listener.health_path} ver HTTP/1.1 hdr Host 127.0.0.1
    http-check expect status {listener.health_status}
    default-server inter {listener.interval}s rise {listener.rise} fall {listener.fall}
{servers}"""


def service(front: Front, ports: Mapping[str, int], dns: Dns | None = None) -> dict[str, Any]:
    """The Compose service of the load balancer. ``ports`` are its ports on this machine, by role; with ``dns`` it passes DNS questions on."""
    packed = console.variables(front.console) if front.console else {}
    unpack = f"{console.unpacking(list(packed))} && " if packed else ""
    command = f'{unpack}printf %s "$CONFIGURATION" > /tmp/haproxy.cfg && exec haproxy -W -db -f /tmp/haproxy.cfg'
    return {
        "image": IMAGE,
        # As variables, because HAProxy's user could not read a file.
        "environment": {"CONFIGURATION": configuration(front, dns).replace("$", "$$"), **packed},
        "entrypoint": ["/bin/sh", "-c"],
        "command": [command.replace("$", "$$")],
        "networks": {"vpc": {"ipv4_address": dns.address} if dns else {}},
        **({"extra_hosts": [f"{_HOST}:host-gateway"]} if dns else {}),
        "ports": [f"127.0.0.1:{ports[listener.role]}:{listener.entrance}" for listener in front.listeners],
        "sysctls": {"net.ipv4.ip_unprivileged_port_start": "0"},
        "stop_signal": "SIGTERM",  # the image's own signal waits for every connection to end
        "stop_grace_period": "5s",
        "restart": "on-failure",
    }
