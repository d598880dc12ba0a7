"""Pure: the inputs of follow: another cluster, of which this one is a read-only copy."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi

from ..daemons.following import CLUSTER_PORT, DEFAULT_NAME, Followed, settings
from . import checks
from .checks import pattern
from .problems import Key, Problem, Problems, path, ref


class FollowSettings(TypedDict):
    """Another cluster that this one follows: it holds what that one pins on all nodes, serves it, and takes no pins of its own."""

    secret_parameter: NotRequired[pulumi.Input[str]]
    """Name of the SSM parameter (SecureString) with the followed cluster's secret, 64 hexadecimal digits. Default: none, the cluster follows
    nobody."""
    trusted_peers: NotRequired[list[pulumi.Input[str]]]
    """IDs of the followed cluster's peers (of ipfs-cluster, not of kubo) whose pins are taken over. Needed with secret_parameter."""
    peer_addresses: NotRequired[list[pulumi.Input[str]]]
    """Multiaddresses, with the peer IDs, of the followed cluster's peers that can be reached; one is enough to begin with, more go on while
    that one is down. Needed with secret_parameter."""
    cluster_name: NotRequired[str]
    """The followed cluster's name (its CLUSTER_CRDT_CLUSTERNAME). Default: ipfs-cluster, as ipfs-cluster's own."""


@dataclass(frozen=True, kw_only=True)
class ResolvedFollow:
    """`FollowSettings` with its defaults."""

    secret_parameter: pulumi.Input[str] | None = None
    trusted_peers: Sequence[pulumi.Input[str]] = ()
    peer_addresses: Sequence[pulumi.Input[str]] = ()
    cluster_name: str = DEFAULT_NAME

    @property
    def follows(self) -> bool:
        """Whether another cluster is followed."""
        return self.secret_parameter is not None

    def ports(self, kubo_peers: Sequence[str]) -> list[int]:
        """The TCP ports of the followed cluster, and of ``kubo_peers``. Of an address that is known only later the port is ipfs-cluster's own."""
        addresses = [address for address in self.peer_addresses if isinstance(address, str)]
        found = {int(port) for address in (*addresses, *kubo_peers) for port in re.findall(r"/tcp/(\d+)", address)}
        return sorted(found | ({CLUSTER_PORT} if len(addresses) < len(self.peer_addresses) else set()))


address_problem = pattern(r"/(ip4|ip6|dns|dns4|dns6|dnsaddr)/\S+/p2p/\w+", "the multiaddress of a peer; give one like /dns4/example.com/tcp/9096/p2p/12D3KooW…")
_name_problem = pattern(r"\S(.*\S)?", "a name")
_NEEDED: Mapping[str, str] = {
    "secret_parameter": "the SSM parameter with the followed cluster's secret",
    "trusted_peers": "the IDs of the followed cluster's peers",
    "peer_addresses": "the multiaddress of a peer of the followed cluster",
}


def problems(follow: ResolvedFollow, given: Mapping[str, Mapping[str, Any]]) -> Problems:
    """What is wrong with follow. ``given`` has all groups as they were given."""
    if not given["follow"]:
        return
    for name, what in _NEEDED.items():
        if not getattr(follow, name):
            yield Problem(path("follow", name), f"is missing; give {what}, or leave out {ref('follow')} as a whole.")
    yield from checks.now(path("follow.secret_parameter"), follow.secret_parameter, checks.parameter_problem)
    for index, peer in enumerate(follow.trusted_peers):
        yield from checks.now(path("follow.trusted_peers", index), peer, checks.peer_id_problem)
    for index, address in enumerate(follow.peer_addresses):
        yield from checks.now(path("follow.peer_addresses", index), address, address_problem)
    yield from checks.now(path("follow.cluster_name"), follow.cluster_name, _name_problem)
    yield from checks.useless("pinning", given["pinning"], given["pinning"], f"the cluster in {ref('follow')} says how many nodes hold a pin")
    for name in given["members"]:
        text = f"does not go together with {ref('follow')}, as a cluster of which others are followed is not one with them; leave one of the two out."
        yield Problem(path("members", name), text)


def environment_problems(environment: Mapping[str, str]) -> Problems:
    """Variables of ipfs-cluster that would take from a cluster that only follows what makes it one."""
    own = settings(Followed((), (), "another"))
    for variable in sorted(environment.keys() & own.keys()):
        text = f"is the program's own in a cluster that only follows others, so that these never wait for it; leave it out, or leave out {ref('follow')} or"
        yield Problem(path("nodes.cluster_environment", Key(variable)), f"{text} {ref('members.role')}.")
