"""Where containers' images are pulled from: mirrors, credentials, and caches at ECR."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from .context import ClusterContext
from .daemons import images
from .daemons.images import Registries
from .inputs import checks
from .inputs.nodes import ResolvedNodes, secret_problem
from .inputs.problems import Key, path
from .spelling import Spelling


class ImageCache(pulumi.ComponentResource):
    """Pull-through cache rules of the account's ECR, one for each registry that is cached.

    ECR creates the repositories of the cache at the first pull of each image. They stay when the rules are deleted.
    """

    def __init__(self, name: str, *, nodes: ResolvedNodes, context: ClusterContext, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ipfs-cluster:index:ImageCache", name, {}, opts)
        credentials, names = _credentials(nodes, context.spelling), context.names
        for host in cached(nodes):
            upstream = images.CACHEABLE[host]
            aws.ecr.PullThroughCacheRule(
                f"{name}-{upstream.folder}",
                ecr_repository_prefix=images.cache_prefix(names.flat, names.component, host),
                upstream_registry_url=upstream.url,
                credential_arn=credentials.get(host),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def cached(nodes: ResolvedNodes) -> list[str]:
    """The hosts of the registries that the stack creates a pull-through cache for."""
    return [host for host, mirror in nodes.registry_mirrors.items() if mirror == images.CACHE]


def resolve(nodes: ResolvedNodes, context: ClusterContext) -> pulumi.Output[Registries]:
    """Where images are pulled from, and with what."""
    own, names, account = cached(nodes), context.names, context.account
    mirrors = images.cache_addresses(nodes.registry_mirrors, names.flat, names.component, account.id, account.region, account.partition)
    # The credentials of a cached registry are for ECR.
    given = {host: arn for host, arn in _credentials(nodes, context.spelling).items() if host not in own}
    return pulumi.Output.from_input(given).apply(lambda credentials: Registries(mirrors, credentials))


def _credentials(nodes: ResolvedNodes, spelling: Spelling) -> Mapping[str, Any]:
    given = nodes.registry_credentials.items()
    return {host: checks.later(spelling, path("nodes.registry_credentials", Key(host)), arn, secret_problem) for host, arn in given}
