"""One cluster over several Regions: a stack for each Region, and the stack `world`, which joins their networks."""

import pulumi
from ipfs_cluster import IpfsCluster, IpfsGlobal, MemberSettings
from regions import REGIONS, STACKS, WORLD

first, *_ = REGIONS


def output(region: str, name: str) -> pulumi.Output[str]:
    """What a Region's stack tells; nothing as long as it is not deployed."""
    return references[region].get_output(name)


here = pulumi.get_stack()
# All stacks must exist (`pulumi stack init`), deployed or not.
references = {region: pulumi.StackReference(f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}") for region, stack in STACKS.items() if stack != here}

if here == WORLD:
    world = IpfsGlobal("ipfs", {"members": {region: output(region, "member") for region in REGIONS}})
    pulumi.export("peering_connection_ids", world.peering_connection_ids)
else:
    own = next(region for region, stack in STACKS.items() if stack == here)
    members: MemberSettings = {"others": {region: output(region, "member") for region in references}}
    # Kept in the configuration where the Region that made them is gone: deploy.py does that.
    kept = pulumi.Config().get_secret("shared")
    if kept is not None:
        members["shared"] = kept
    elif own != first:
        members["shared"] = output(first, "shared_secrets")
    cluster = IpfsCluster("ipfs", {"network": {"cidr": REGIONS[own][1]}, "members": members})
    pulumi.export("member", cluster.member)
    pulumi.export("shared_secrets", cluster.shared_secrets)
    pulumi.export("first", first)
    pulumi.export("gateway_url", cluster.gateway_url)
    pulumi.export("api_url", cluster.api_url)
