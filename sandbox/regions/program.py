"""The program of the stack that joins the Regions: one IpfsGlobal, its outputs out. The sandbox runs it as it runs ``__main__.py``."""

import pulumi
from ipfs_cluster import IpfsGlobal
from ipfs_cluster.config import global_args_from_inputs, named_as_configured

with named_as_configured():
    world = IpfsGlobal("ipfs", global_args_from_inputs(pulumi.Config().require_object("world")))

for output in IpfsGlobal.__annotations__:
    pulumi.export(output, getattr(world, output))
