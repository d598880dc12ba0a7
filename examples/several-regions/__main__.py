"""One cluster over two Regions: a stack for each Region, and the stack `world`, which joins their networks."""

import pulumi
from ipfs_cluster import IpfsCluster, IpfsGlobal, MemberSettings

# A stack and a range for each Region; no two ranges overlap. The first Region makes the secrets that all share.
REGIONS = {
    "eu-west-1": ("europe", "10.94.0.0/16"),
    "us-east-1": ("america", "10.95.0.0/16"),
}
STACKS = {region: stack for region, (stack, _) in REGIONS.items()}
first, *_ = REGIONS


def output(region: str, name: str) -> pulumi.Output[str]:
    """What a Region's stack tells; nothing as long as it is not deployed."""
    return references[region].get_output(name)


here = pulumi.get_stack()
# All stacks must exist (`pulumi stack init`), deployed or not.
references = {region: pulumi.StackReference(f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}") for region, stack in STACKS.items() if stack != here}

if here == "world":
    world = IpfsGlobal("ipfs", {"members": {region: output(region, "member") for region in REGIONS}})
    pulumi.export("peering_connection_ids", world.peering_connection_ids)
else:
    own = next(region for region, stack in STACKS.items() if stack == here)
    members: MemberSettings = {"others": {region: output(region, "member") for region in references}}
    if own != first:
        members["shared"] = output(first, "shared_secrets")
    cluster = IpfsCluster("ipfs", {"network": {"cidr": REGIONS[own][1]}, "members": members})
    pulumi.export("member", cluster.member)
    pulumi.export("shared_secrets", cluster.shared_secrets)
    pulumi.export("gateway_url", cluster.gateway_url)
    pulumi.export("api_url", cluster.api_url)
