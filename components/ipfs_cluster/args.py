"""The inputs' former place: import them from ``ipfs_cluster``. This module goes with version 0.3."""

from .inputs.api import ApiSettings
from .inputs.backup import BackupSettings
from .inputs.credentials import CredentialSettings, NodeIdentity
from .inputs.edge import EdgeSettings
from .inputs.gateway import GatewaySettings
from .inputs.monitoring import MonitoringSettings
from .inputs.network import NetworkSettings
from .inputs.nodes import NodeSettings
from .inputs.pinning import PinningSettings
from .inputs.problems import InvalidInput
from .inputs.resolve import IpfsClusterArgs
from .inputs.storage import ExistingFileSystem, StorageSettings
from .inputs.swarm import SwarmSettings

__all__ = [
    "ApiSettings",
    "BackupSettings",
    "CredentialSettings",
    "EdgeSettings",
    "ExistingFileSystem",
    "GatewaySettings",
    "InvalidInput",
    "IpfsClusterArgs",
    "MonitoringSettings",
    "NetworkSettings",
    "NodeIdentity",
    "NodeSettings",
    "PinningSettings",
    "StorageSettings",
    "SwarmSettings",
]
