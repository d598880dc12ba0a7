"""The provider host: IpfsCluster, IpfsGlobal and IpfsGlobalCluster for programs in every language."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult
from pulumi.provider.experimental.analyzer import ComponentDefinition
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from .cluster import IpfsCluster
from .config import args_from_inputs, global_args_from_inputs, global_cluster_args_from_inputs, named_as_configured
from .global_cluster import IpfsGlobalCluster
from .inputs.problems import InvalidInput, property_path, spell_text
from .regions.ipfs_global import IpfsGlobal
from .spelling import camel_case

PACKAGE = "ipfs-cluster"

_INPUTS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "IpfsCluster": args_from_inputs,
    "IpfsGlobal": global_args_from_inputs,
    "IpfsGlobalCluster": global_cluster_args_from_inputs,
}
"""How each component takes what programs in other languages send."""


class Provider(ComponentProvider):
    """Makes a component where a program in another language declares one."""

    def __init__(self, version: str) -> None:
        """``version`` is the package's."""
        super().__init__([IpfsCluster, IpfsGlobal, IpfsGlobalCluster], PACKAGE, None, version)

    def map_inputs(self, inputs: Mapping[str, Any], component_def: ComponentDefinition) -> dict[str, Any]:
        """The inputs as the component takes them."""
        # The SDK's own mapping silently drops a group that is an output as a whole, and inputs that do not exist.
        return dict(_INPUTS[component_def.name](inputs))

    def construct(self, name: str, resource_type: str, inputs: Mapping[str, Any], options: pulumi.ResourceOptions | None = None) -> ConstructResult:
        """Makes the component. Raises InputPropertiesError with every problem with its inputs, by input."""
        try:
            with named_as_configured():
                return super().construct(name, resource_type, dict(inputs), options)
        except ComponentInitError as error:
            if not isinstance(error.inner, InvalidInput):
                raise
            problems = error.inner.found
            raise InputPropertiesError(
                f"{resource_type.rpartition(':')[2]} {name!r}: {len(problems)} problem(s) with its inputs",
                [{"property_path": property_path(problem.path), "reason": spell_text(problem.text, camel_case)} for problem in problems],
            ) from None
