"""Deployments that have every type of resource between them: what must hold for all of them is asked of each."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from moto import mock_aws

from sandbox.account import Account
from tests.helpers.inputs import PEER_ID
from tests.helpers.regions import FIRST, SECOND, SMALL, World, in_python
from tests.helpers.support import Deployed, Groups, deployed, zone


def with_domain(account: Account) -> Groups:
    """A domain for gateway and APIs, passwords for readers, the Pinning Service API, one file system for all nodes."""
    edge = {"domain": "ipfs.example.com", "zoneId": zone(account), "subdomainGateway": True, "scheme": "internet-facing", "accessLogDays": 7}
    return {
        "tags": {"team": "storage"},
        "monitoring": {},
        "edge": edge,
        "gateway": {"authentication": "basic"},
        "api": {"pinningService": True, "users": ["ci"]},
        "storage": {"fileSystem": "regional", "transitionToIaDays": 30},
        "backup": {"pinsetSchedule": "rate(1 day)"},
    }


def with_websites(account: Account) -> Groups:
    """Websites next to the gateway."""
    edge = {"domain": "ipfs.example.com", "zoneId": zone(account), "websites": ["example.com", "www.example.com"]}
    return {"tags": {"team": "storage"}, "edge": edge, "nodes": {"count": 1}, "backup": {"nodes": "none", "pinsetSchedule": "never"}}


def load_balancer_alone(account: Account) -> Groups:
    """An internet-facing load balancer without CloudFront."""
    edge = {"mode": "load-balancer", "scheme": "internet-facing", "domain": "example.com", "zoneId": zone(account), "allowedCidrs": ["203.0.113.0/24"]}
    return {"tags": {"team": "storage"}, "edge": edge, "monitoring": {}}


SCENARIOS: dict[str, Groups | Callable[[Account], Groups]] = {
    "public": {"tags": {"team": "storage"}, "monitoring": {}},
    "domain, passwords, pinning service": with_domain,
    "websites": with_websites,
    "load balancer alone": load_balancer_alone,
    "internal load balancer": {"tags": {"team": "storage"}, "edge": {"mode": "load-balancer"}},
    "behind one edge": {"tags": {"team": "storage"}, "edge": {"mode": "origin"}, "nodes": {"count": 1}},
    "no edge": {"tags": {"team": "storage"}, "monitoring": {}, "edge": {"mode": "none"}, "api": {"pinningService": True}},
    "told by mail": {"tags": {"team": "storage"}, "monitoring": {"alarmEmails": ["a@example.com"], "monthlyBudgetUsd": 100}, "nodes": {"count": 2}},
    "tokens": {"tags": {"team": "storage"}, "gateway": {"authentication": "token"}},
    "blocks in S3": {
        "tags": {"team": "storage"},
        "nodes": {"count": 1, "kuboImage": "example.com/kubo-s3:v0.43.1", "spot": "all"},
        "storage": {"datastore": "s3"},
        "monitoring": {"metrics": "prometheus", "prometheusWorkspaceId": "ws-0123abcd-0123", "alarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:on-call"},
        "edge": {"mode": "none"},
    },
    "follower": {
        "tags": {"team": "storage"},
        "nodes": {"count": 1},
        "edge": {"mode": "load-balancer"},
        "swarm": {"mode": "private", "bootstrapPeers": [f"/dns4/peer.example.com/tcp/4001/p2p/{PEER_ID}"]},
        "credentials": {"swarmKeyParameter": "/theirs/swarm-key"},
        "follow": {
            "secretParameter": "/theirs/secret",
            "trustedPeers": [PEER_ID],
            "peerAddresses": [f"/dns4/peer.example.com/tcp/9096/p2p/{PEER_ID}"],
        },
    },
    "private": {
        "tags": {"team": "storage"},
        "swarm": {"mode": "private"},
        "nodes": {
            "count": 5,
            "kuboImage": "210987654321.dkr.ecr.eu-central-1.amazonaws.com/kubo:v0.43.1",
            "registryMirrors": {"docker.io": "pull-through-cache"},
            "registryCredentials": {"docker.io": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ecr-pullthroughcache/docker-hub-AbCdEf"},
        },
    },
}
"""The configuration of each scenario by name. The recorded resources in tests/contracts/ are filed under these names."""


@contextlib.contextmanager
def _linked() -> Iterator[Deployed]:
    """IpfsGlobal with two Regions of a private swarm, one of them with private subnets."""
    with tempfile.TemporaryDirectory() as folder, mock_aws():
        world = World({**SMALL, "swarm": {"mode": "private"}})
        world.deploy(FIRST)
        world.deploy(SECOND, edge={"mode": "load-balancer"})
        yield _with_all(world, world.join(Path(folder), tags={"team": "storage"}))


@contextlib.contextmanager
def _behind_one_edge() -> Iterator[Deployed]:
    """The same with one edge for both: names, passwords for readers, the Pinning Service API and a website."""
    with tempfile.TemporaryDirectory() as folder, mock_aws():
        named = {"domain": "ipfs.example.com", "zoneId": zone(Account(FIRST)), "subdomainGateway": True, "websites": ["www.example.com"]}
        world = World({**SMALL, "api": {"pinningService": True}, "edge": {"mode": "origin", **named}})
        world.deploy(FIRST)
        world.deploy(SECOND)
        given: Any = {"edge": in_python(named), "gateway": {"authentication": "basic"}, "pinning_service": True}
        yield _with_all(world, world.join(Path(folder), tags={"team": "storage"}, **given))


def _with_all(world: World, stack: Deployed) -> Deployed:
    # What the Regions' stacks made is what this one is about.
    stack.account.made[:0] = [one for cluster in world.clusters.values() for one in cluster.account.made]
    return stack


JOINED: Mapping[str, Callable[[], contextlib.AbstractContextManager[Deployed]]] = {
    "the link of two Regions": _linked,
    "one edge for two Regions": _behind_one_edge,
}
"""Deployments of IpfsGlobal. Its resources are recorded under these names."""


def deployments() -> Iterator[tuple[str, Deployed]]:
    """The scenarios by name, each deployed while it is looked at."""
    for name, groups in SCENARIOS.items():
        with deployed(groups) as stack:
            yield name, stack
    for name, joined in JOINED.items():
        with joined() as stack:
            yield name, stack
