"""Stack configuration as the component's inputs: one key for each group, camelCase as in every other language."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from .args import IpfsClusterArgs

# Groups whose values are maps keyed by the user's own names, and inputs that are such maps: their keys stay as they are.
_MAPS = {"tags", "subnet_ids", "kubo_config", "cluster_environment"}
_MAPS_OF_GROUPS = {"identities"}
_SECRETS = {"password"}


def args_from_config(config: pulumi.Config) -> IpfsClusterArgs:
    """The inputs that a stack's configuration gives: every key of the project's own namespace is a group of them.

    Keys are not checked here; the component names those that do not exist. Secret inputs come as secret Outputs.
    Raises pulumi.RunError for a value that is no structured one.
    """
    found: dict[str, Any] = {}
    prefix = f"{config.name}:"
    for full_key in sorted(_config_keys()):
        if full_key.startswith(prefix):
            key = full_key.removeprefix(prefix)
            found[snake_case(key)] = _group(full_key, snake_case(key), cast(str, config.get(key)))
    return cast(IpfsClusterArgs, found)


def _config_keys() -> set[str]:
    # What the SDK's Config reads; it has no way of its own to list keys.
    return {*CONFIG.get(), *get_config_env()}


def _group(full_key: str, group: str, text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if not isinstance(value, Mapping):
        raise pulumi.RunError(f"{full_key}: {text!r} is no group of settings; set one of them by `pulumi config set --path '{full_key}.<input>' <value>`.")
    return dict(value) if group in _MAPS else _snake(value)


def _snake(value: Mapping[str, Any]) -> dict[str, Any]:
    """A group with snake_case keys, as Python has them."""
    group: dict[str, Any] = {}
    for key, item in value.items():
        name = snake_case(key)
        if name in _SECRETS:
            group[name] = pulumi.Output.secret(item)
        elif name in _MAPS_OF_GROUPS and isinstance(item, Mapping):
            group[name] = {own: _snake(inner) if isinstance(inner, Mapping) else inner for own, inner in item.items()}
        else:
            group[name] = item
    return group


def snake_case(name: str) -> str:
    """``replicationMin`` as ``replication_min``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"_{match[1].lower()}", name)
