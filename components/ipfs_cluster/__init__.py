"""An IPFS pinning cluster on AWS Fargate and EFS, as a Pulumi component."""

from .cluster import IpfsCluster
from .global_cluster import IpfsGlobalCluster
from .inputs.api import ApiSettings
from .inputs.backup import BackupSettings
from .inputs.credentials import CredentialSettings, NodeIdentity
from .inputs.edge import EdgeSettings
from .inputs.gateway import GatewaySettings
from .inputs.members import MemberSettings
from .inputs.monitoring import MonitoringSettings
from .inputs.network import NetworkSettings
from .inputs.nodes import NodeSettings
from .inputs.pinning import PinningSettings
from .inputs.problems import InvalidInput
from .inputs.regions import IpfsGlobalClusterArgs, RegionSettings
from .inputs.resolve import IpfsClusterArgs
from .inputs.storage import ExistingFileSystem, StorageSettings
from .inputs.swarm import SwarmSettings
from .inputs.world import IpfsGlobalArgs
from .regions.ipfs_global import IpfsGlobal

__all__ = [
    "ApiSettings",
    "BackupSettings",
    "CredentialSettings",
    "EdgeSettings",
    "ExistingFileSystem",
    "GatewaySettings",
    "InvalidInput",
    "IpfsCluster",
    "IpfsClusterArgs",
    "IpfsGlobal",
    "IpfsGlobalArgs",
    "IpfsGlobalCluster",
    "IpfsGlobalClusterArgs",
    "MemberSettings",
    "MonitoringSettings",
    "NetworkSettings",
    "NodeIdentity",
    "NodeSettings",
    "PinningSettings",
    "RegionSettings",
    "StorageSettings",
    "SwarmSettings",
]
