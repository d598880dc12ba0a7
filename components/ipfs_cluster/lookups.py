"""What the account and Region have. Asked at once and not as Outputs, since the resources to create depend on it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from .edge.plan import HostedZone
from .inputs.edge import zone_id_problem
from .inputs.resolve import IpfsClusterArgs, Surroundings
from .inputs.tags import OWN_TAG
from .inputs.world import IpfsGlobalArgs
from .naming import Names
from .network.zones import Zone
from .permissions import Account
from .storage.file_systems import DeployedFileSystem


def account(parent: pulumi.Resource, provider: pulumi.ProviderResource | None = None) -> Account:
    """Where the stack is deployed to. Asked by the parent's provider, if none is given."""
    options = pulumi.InvokeOptions(parent=parent, provider=provider)
    return Account(
        id=aws.get_caller_identity(opts=options).account_id,
        region=aws.get_region(opts=options).region,
        partition=aws.get_partition(opts=options).partition,
    )


def surroundings(
    parent: pulumi.Resource, account: Account, names: Names, args: IpfsClusterArgs, provider: pulumi.ProviderResource | None = None
) -> Surroundings:
    """What the inputs are checked against. Asked by the parent's provider, if none is given."""
    options = pulumi.InvokeOptions(parent=parent, provider=provider)
    zones = aws.get_availability_zones(filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}], opts=options)
    tagged = aws.resourcegroupstaggingapi.get_resources(
        tag_filters=[{"key": OWN_TAG, "values": [names.flat]}],
        resource_type_filters=["elasticfilesystem:file-system", "ssm:parameter"],
        opts=options,
    ).resource_tag_mapping_lists
    return Surroundings(
        region=account.region,
        account=account.id,
        zones=[Zone(name, id_) for name, id_ in zip(zones.names, zones.zone_ids, strict=True)],
        hosted_zone=hosted_zone(parent, args),
        file_systems=[DeployedFileSystem(resource.resource_arn, resource.tags) for resource in tagged if ":file-system/" in resource.resource_arn],
        parameter_arns=[resource.resource_arn for resource in tagged if ":parameter/" in resource.resource_arn],
    )


def hosted_zone(parent: pulumi.Resource, args: IpfsClusterArgs | IpfsGlobalArgs) -> HostedZone | None:
    """The hosted zone of edge.zone_id, unless that is another resource's output, so that a domain outside it is refused."""
    given: Any = args.get("edge")
    zone_id = given.get("zone_id") if isinstance(given, Mapping) else None
    if not isinstance(zone_id, str) or zone_id_problem(zone_id) or not isinstance(given.get("domain"), str):
        return None
    zone = aws.route53.get_zone(zone_id=zone_id, opts=pulumi.InvokeOptions(parent=parent))
    return HostedZone(zone.name, bool(zone.private_zone))


def without_access_points(parent: pulumi.Resource, file_systems: Sequence[DeployedFileSystem]) -> list[DeployedFileSystem]:
    """The file systems that no task can use. One that is in use has access points, which are deleted with its node."""
    return [file_system for file_system in file_systems if not _has_access_points(parent, file_system)]


def _has_access_points(parent: pulumi.Resource, file_system: DeployedFileSystem) -> bool:
    # True also where that cannot be known: a deleted one stays in the list of tags for a while.
    try:
        return bool(aws.efs.get_access_points(file_system_id=file_system.id, opts=pulumi.InvokeOptions(parent=parent)).ids)
    except Exception:  # the SDK raises just this for a look-up that failed
        return True
