"""Where the cluster is, and with which credentials: from a stack, a file with its outputs, or the environment."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import CommandError, Exit
from .spread import Spread
from .words import capital

SECRET = "[secret]"  # noqa: S105
"""What Pulumi shows in place of a secret without --show-secrets."""


@dataclass(frozen=True)
class Credentials:
    """How requests are authorized, and where that comes from."""

    authorization: str = field(repr=False)
    """The value of the header Authorization."""
    source: str
    """What it is and where it was found, for error messages."""

    @classmethod
    def of_pair(cls, pair: str, source: str) -> "Credentials":
        """User name and password, as ``user:password``."""
        return cls("Basic " + base64.b64encode(pair.encode()).decode(), f"user name and password from {source}")

    @classmethod
    def of_token(cls, token: str, source: str) -> "Credentials":
        """A token."""
        return cls(f"Bearer {token}", f"the token from {source}")


@dataclass(frozen=True)
class Where:
    """A cluster's addresses and credentials."""

    api_url: str
    api: Credentials
    gateway_url: str = ""
    """Empty if it is not known."""
    gateway: Credentials | None = None
    nodes: Mapping[str, str] = field(default_factory=dict)
    """Name of each node by the peer ID of its ipfs-cluster; empty if the cluster has to be asked."""
    websites: Mapping[str, str] | None = None
    """ID of the hosted zone of each website by its host, empty where DNS is elsewhere; none if the outputs do not say."""
    distribution: str = ""
    """ID of the gateway's CloudFront distribution; empty if there is none."""
    spread: Spread = field(default_factory=Spread)
    """How pins are to be spread over Regions, and which nodes there are in all of them."""


def find(stack: str, file: str, environment: Mapping[str, str] | None = None) -> Where:
    """The cluster of a stack (by the Pulumi CLI), of a file with outputs, or of the environment, in this order. Raises CommandError."""
    known = os.environ if environment is None else environment
    if stack and file:
        raise CommandError("--stack and --outputs exclude each other: give one of them.", Exit.USAGE)
    if stack:
        return where(of_stack(stack), f"the outputs of the stack {stack}", known)
    if file:
        return where(of_file(file), "the outputs on standard input" if file == "-" else f"the outputs in {file}", known)
    if not known.get("IPFS_CLUSTER_API_URL"):
        raise CommandError(
            "Where is the cluster? Give --stack <name>, --outputs <file of `pulumi stack output --json --show-secrets`>, or set IPFS_CLUSTER_API_URL.",
            Exit.USAGE,
        )
    return where({}, "the environment", known)


def of_stack(stack: str) -> dict[str, Any]:
    """A stack's outputs, as the Pulumi CLI gives them in this folder. Raises CommandError."""
    sandbox = Path(".sandbox") / stack / "outputs.json"
    hint = f" A sandbox of that name is here: use --outputs {sandbox}." if sandbox.exists() else ""
    command = ["pulumi", "stack", "output", "--json", "--show-secrets", "--non-interactive", "--stack", stack]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except OSError:
        raise CommandError(f"--stack needs the Pulumi CLI, which is not installed here; --outputs <file> does not.{hint}", Exit.USAGE) from None
    if done.returncode != 0:
        reason = " ".join(done.stderr.split()).removeprefix("error: ") or f"exit code {done.returncode}"
        raise CommandError(f"Pulumi cannot show the outputs of the stack {stack}: {reason}.{hint}", Exit.USAGE)
    return _parsed(done.stdout, f"of the stack {stack}")


def of_file(file: str) -> dict[str, Any]:
    """A stack's outputs from a file of JSON, or from standard input (``-``). Raises CommandError."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise CommandError(f"The outputs in {file} cannot be read: {reason}.", Exit.USAGE) from None
    return _parsed(text, "on standard input" if file == "-" else f"in {file}")


def _parsed(text: str, where_: str) -> dict[str, Any]:
    try:
        outputs = json.loads(text)
    except ValueError as error:
        # The error names a position and not the text, which may hold secrets.
        raise CommandError(f"The outputs {where_} are not JSON: {error}.", Exit.USAGE) from None
    if not isinstance(outputs, dict):
        raise CommandError(f"The outputs {where_} are not a JSON object.", Exit.USAGE)
    return outputs


def where(outputs: Mapping[str, Any], source: str, environment: Mapping[str, str]) -> Where:
    """What outputs and environment say; the environment wins. Raises CommandError."""
    names = list((outputs.get("dns_names") or {}).values())
    # Within the VPC, where a stack has no load balancer: the ports of the nodes themselves.
    api_url = environment.get("IPFS_CLUSTER_API_URL") or outputs.get("api_url") or (f"http://{names[0]}:9094" if names else "")
    gateway_url = environment.get("IPFS_CLUSTER_GATEWAY_URL") or outputs.get("gateway_url") or (f"http://{names[0]}:8080" if names else "")
    if not api_url:
        raise CommandError(f"{capital(source)} have neither api_url nor dns_names: are they those of an IPFS cluster?", Exit.USAGE)
    for url in filter(None, (api_url, gateway_url)):
        if "@" in url.partition("://")[2].partition("/")[0]:
            raise CommandError("An address has credentials in it: set IPFS_CLUSTER_CREDENTIALS=user:password in place of that.", Exit.USAGE)
        if not url.startswith(("http://", "https://")):
            raise CommandError(f"{url} is not the address of a web server: it has to begin with https:// or http://.", Exit.USAGE)
    spread = Spread.of(outputs, json.loads(outputs.get("member") or "{}"))
    return Where(
        api_url=api_url.rstrip("/"),
        api=_api_credentials(outputs, source, environment),
        gateway_url=gateway_url.rstrip("/"),
        gateway=_gateway_credentials(outputs, source, environment),
        nodes=spread.names or {str(peer): str(node) for node, peer in (outputs.get("cluster_peer_ids") or {}).items()},
        websites=outputs.get("websites"),
        distribution=outputs.get("gateway_distribution_id") or "",
        spread=spread,
    )


def _api_credentials(outputs: Mapping[str, Any], source: str, environment: Mapping[str, str]) -> Credentials:
    for name in ("IPFS_CLUSTER_TOKEN", "CLUSTER_TOKEN"):
        if token := environment.get(name, "").strip():
            return Credentials.of_token(token, f"the environment variable {name}")
    for name in ("IPFS_CLUSTER_CREDENTIALS", "CLUSTER_CREDENTIALS"):
        if pair := environment.get(name, "").strip():
            if ":" not in pair:
                raise CommandError(f"The environment variable {name} is not of the form user:password.", Exit.USAGE)
            return Credentials.of_pair(pair, f"the environment variable {name}")
    if pair := _pair(outputs.get("api_username"), outputs.get("api_password")):
        return Credentials.of_pair(pair, source)
    if outputs.get("api_password") == SECRET:
        raise CommandError(f"{capital(source)} have [secret] in place of the password: get them with --show-secrets.", Exit.USAGE)
    raise CommandError(
        f"There are no credentials in {source} (api_username, api_password). Set IPFS_CLUSTER_CREDENTIALS=user:password or IPFS_CLUSTER_TOKEN.", Exit.USAGE
    )


def _gateway_credentials(outputs: Mapping[str, Any], source: str, environment: Mapping[str, str]) -> Credentials | None:
    if token := environment.get("GATEWAY_TOKEN", "").strip():
        return Credentials.of_token(token, "the environment variable GATEWAY_TOKEN")
    pair = _pair(outputs.get("gateway_username"), outputs.get("gateway_password"))
    return Credentials.of_pair(pair, source) if pair else None


def _pair(username: Any, password: Any) -> str:
    return f"{username}:{password}" if username and password and password != SECRET else ""
