"""Pure: the console's files, the headers that they are served with, and what the page is told of its cluster."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATH = "/console"
"""Where the REST API's distribution has the console."""

FOLDER = Path(__file__).parent / "console"
"""The console as it was built."""

INDEX = "index.html"
CONFIGURATION = "config.json"
"""What the page reads of its cluster. It is the only file that is not built."""
RUNBOOK = "runbook.html"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
# A name with a hash of the content: `app-3f2a8b1c.js`.
_HASHED = re.compile(r"-[0-9A-Za-z]{8}(?=\.\w+$)")
_YEAR_SECONDS = 365 * 24 * 60 * 60


@dataclass(frozen=True)
class Node:
    """A node, as the page shows it."""

    name: str
    """As ipfs-cluster has it: ``eu-west-1a``."""
    zone: str
    cluster_peer_id: str
    kubo_peer_id: str


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """What the page is told besides the nodes and the gateway. Nothing of it is secret: everyone can read it."""

    name: str
    replication_min: int
    """The least number of nodes that hold a pin; -1 for all."""
    replication_max: int
    storage_max_gib: int
    """How much each node should store."""
    gateway_authentication: str
    """How the gateway asks readers who they are: none, basic or token."""
    read_only: bool = False
    """Whether it only follows others, and takes no pins."""


def files() -> list[str]:
    """The built files, by their path below the console's own. The page comes last: it names the others."""
    found = [file.relative_to(FOLDER).as_posix() for file in FOLDER.rglob("*") if file.is_file()]
    return [*sorted(file for file in found if file != INDEX), INDEX]


def label(file: str) -> str:
    """What a file is called from one version to the next: ``assets/app-3f2a8b1c.js`` is ``app.js``."""
    return _HASHED.sub("", file.rpartition("/")[2])


def content_type(file: str) -> str:
    """A file's media type. Raises KeyError for one that browsers would have to guess."""
    return _TYPES[Path(file).suffix]


def cache_control(file: str) -> str:
    """How long browsers and CloudFront keep a file: for a year where its name has the hash of what is in it, else not without asking."""
    return f"public, max-age={_YEAR_SECONDS}, immutable" if _HASHED.search(file) else "no-cache"


def content_security_policy(gateway_url: str, subdomain_gateway: bool) -> str:
    """What the page may do: run its own scripts, ask its own origin and the gateway. Nothing is inline, and no other page may frame it.

    A subdomain gateway redirects to origins of their own, and browsers check where a redirect leads.
    """
    scheme, _, host = gateway_url.partition("://")
    gateway = " ".join([gateway_url, *([f"{scheme}://*.{kind}.{host}" for kind in ("ipfs", "ipns")] if subdomain_gateway else [])])
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' data: blob: {gateway}",
        "connect-src": f"'self' {gateway}",
        "media-src": gateway,
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "console",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def headers(gateway_url: str, subdomain_gateway: bool) -> dict[str, str]:
    """The security headers of every answer below the console's path."""
    return {
        "Content-Security-Policy": content_security_policy(gateway_url, subdomain_gateway),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": f"max-age={_YEAR_SECONDS}",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def configuration(cluster: Cluster, gateway_url: str, nodes: Sequence[Node]) -> Mapping[str, Any]:
    """The content of `CONFIGURATION`."""
    return {
        "name": cluster.name,
        "gateway": gateway_url,
        "gatewayAuthentication": None if cluster.gateway_authentication == "none" else cluster.gateway_authentication,
        "nodes": [{"name": node.name, "zone": node.zone, "clusterPeerId": node.cluster_peer_id, "kuboPeerId": node.kubo_peer_id} for node in nodes],
        "replication": {"min": cluster.replication_min, "max": cluster.replication_max},
        "storageMaxGib": cluster.storage_max_gib,
        "readOnly": cluster.read_only,
        "docs": RUNBOOK,
    }
