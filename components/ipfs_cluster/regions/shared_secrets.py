"""Pure: the secrets that all Regions have in common, the output `shared_secrets` of each Region. Private keys of nodes are not among them."""

import json
from collections.abc import Mapping
from typing import Any

VERSION = 1
CLUSTER_SECRET, SWARM_KEY, API, PINNING_SERVICE = "clusterSecret", "swarmKey", "api", "pinningService"


def user_key(name: str) -> str:
    """The name that a further user of the APIs has among the secrets."""
    return f"user/{name}"


def text(secrets: Mapping[str, str]) -> str:
    """The output: JSON, the same for the same secrets."""
    return json.dumps({"version": VERSION, "secrets": dict(sorted(secrets.items()))}, separators=(",", ":"))


def parse(value: Any) -> Mapping[str, str]:
    """The secrets by name. Raises ValueError with what is wrong, as the rest of a sentence, which never has a part of the value."""
    command = "pulumi stack output --show-secrets shared_secrets"
    wanted = f"is not the output `shared_secrets` of an IpfsCluster; give what `{command}` prints for the first Region's stack"
    if value is None:
        raise ValueError("has no value; deploy the first Region's stack before this one")
    try:
        content = json.loads(value)
        version, secrets = content["version"], content["secrets"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(wanted) from None
    if version != VERSION:
        raise ValueError(f"has another version than {VERSION}; deploy both Regions with the same version of the program")
    if not isinstance(secrets, Mapping) or not all(isinstance(secret, str) for secret in secrets.values()):
        raise ValueError(wanted)
    return secrets


def problem(value: Any) -> str | None:
    """What is wrong with the output, if anything."""
    try:
        parse(value)
    except ValueError as wrong:
        return str(wrong)
    return None
