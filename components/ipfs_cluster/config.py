"""Stack configuration, and what other languages send, as the component's inputs: one key for each group, camelCase."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pulumi
from pulumi.runtime import is_config_secret
from pulumi.runtime.config import CONFIG, get_config_env

from .inputs import fields, regions, world
from .inputs.regions import IpfsGlobalClusterArgs
from .inputs.resolve import SHAPE, IpfsClusterArgs
from .inputs.world import IpfsGlobalArgs
from .spelling import camel_case, snake_case, spelled

__all__ = ["args_from_config", "args_from_inputs", "camel_case", "named_as_configured", "snake_case"]

# The groups with inputs that are kept secret.
_SECRET_INPUTS = {
    group: [camel_case(name) for name in shape.fields if fields.is_secret(name)]
    for group, shape in SHAPE.fields.items()
    if any(fields.is_secret(name) for name in shape.fields)
}


def args_from_config(config: pulumi.Config) -> IpfsClusterArgs:
    """The inputs that a stack's configuration gives: every key of the project's own namespace is a group of them.

    Values are not checked here, nor keys that do not exist: the component does that. Raises pulumi.RunError for a value that is no
    structured one, for a key that is not camelCase, and for a secret where it would not stay one.
    """
    groups: dict[str, Any] = {}
    wrong: list[str] = []
    prefix = f"{config.name}:"
    for full_key in sorted({*CONFIG.get(), *get_config_env()}):  # what the SDK's Config reads; it has no way of its own to list keys
        if full_key.startswith(prefix):
            key = full_key.removeprefix(prefix)
            try:
                value = json.loads(cast("str", config.get(key)))
            except ValueError:
                value = config.get(key)
            if not isinstance(value, Mapping):
                shown = "(not shown)" if is_config_secret(full_key) else repr(value)
                wrong.append(f"{full_key}: {shown} must be a mapping; set one of its inputs by `pulumi config set --path {key}.<input> <value>`.")
            elif is_config_secret(full_key) and key not in _SECRET_INPUTS and value:
                secret = ", ".join(f"{group}.{name}" for group, names in _SECRET_INPUTS.items() for name in names)
                wrong.append(
                    f"{full_key}: has a value that was set by --secret, but only these inputs are kept secret: {secret}. Set it without "
                    "--secret, or keep it in an SSM parameter and name that in credentials."
                )
            else:
                declared = SHAPE.fields.get(snake_case(key))
                groups[snake_case(key)] = fields.from_camel_case(full_key, declared, value, wrong) if declared else value
    if wrong:
        raise pulumi.RunError("\n".join(wrong))
    return cast("IpfsClusterArgs", groups)


def args_from_inputs(inputs: Mapping[str, Any]) -> IpfsClusterArgs:
    """The inputs as programs in other languages send them: camelCase, every number a float, as in JSON.

    Values are not checked here, nor keys that do not exist: the component does that. Raises pulumi.RunError for a key in snake_case.
    """
    return cast("IpfsClusterArgs", _from_camel_case("IpfsCluster", SHAPE, inputs))


def global_args_from_inputs(inputs: Mapping[str, Any]) -> IpfsGlobalArgs:
    """The same for IpfsGlobal."""
    return cast("IpfsGlobalArgs", _from_camel_case("IpfsGlobal", world.SHAPE, inputs))


def global_cluster_args_from_inputs(inputs: Mapping[str, Any]) -> IpfsGlobalClusterArgs:
    """The same for IpfsGlobalCluster."""
    return cast("IpfsGlobalClusterArgs", _from_camel_case("IpfsGlobalCluster", regions.SHAPE, inputs))


def _from_camel_case(component: str, shape: fields.Shape, inputs: Mapping[str, Any]) -> Any:
    wrong: list[str] = []
    found = fields.from_camel_case(component, shape, fields.whole(inputs), wrong)
    if wrong:
        raise pulumi.RunError("\n".join(wrong))
    return found


@contextlib.contextmanager
def named_as_configured() -> Iterator[None]:
    """Components that are created in this context name inputs in errors as the stack's configuration does, in errors that come later too."""
    with spelled(camel_case):
        yield
