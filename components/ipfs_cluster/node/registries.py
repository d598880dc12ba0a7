"""Where containers' images are pulled from: mirrors, credentials, and caches at ECR."""

from collections.abc import Mapping
from typing import Any, Optional

import pulumi
import pulumi_aws as aws

from ..args import NodeSettings, checked
from ..daemons import images
from ..daemons.images import Registries
from ..naming import Names
from ..permissions import Account


class ImageCache(pulumi.ComponentResource):
    """Pull-through cache rules of the account's ECR, one for each registry that is cached.

    The repositories of the cache are made by ECR at the first pull of each image. They stay when the rules are deleted.
    """

    def __init__(self, name: str, names: Names, settings: NodeSettings, opts: Optional[pulumi.ResourceOptions] = None) -> None:
        super().__init__("ipfs-cluster:index:ImageCache", name, {}, opts)
        credentials = _credentials(settings)
        for host in cached(settings):
            upstream = images.CACHEABLE[host]
            aws.ecr.PullThroughCacheRule(
                f"{name}-{upstream.folder}",
                ecr_repository_prefix=images.cache_prefix(names.flat, names.component, host),
                upstream_registry_url=upstream.url,
                credential_arn=credentials.get(host),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def cached(settings: NodeSettings) -> list[str]:
    """The hosts of the registries that get a cache of the stack's own."""
    return [host for host, mirror in settings["registry_mirrors"].items() if mirror == images.CACHE]


def resolve(settings: NodeSettings, names: Names, account: Account) -> pulumi.Output[Registries]:
    """Where images are pulled from, and with what."""
    own = cached(settings)
    mirrors = images.cache_addresses(settings["registry_mirrors"], names.flat, names.component, account.id, account.region, account.partition)
    # The credentials of a cached registry are for ECR.
    given = {host: arn for host, arn in _credentials(settings).items() if host not in own}
    return pulumi.Output.from_input(given).apply(lambda known: Registries(mirrors, known))


def _credentials(settings: NodeSettings) -> Mapping[str, Any]:
    return {host: checked(f"nodes.registry_credentials[{host!r}]", arn, images.check_secret) for host, arn in settings["registry_credentials"].items()}
