"""An IPFS pinning cluster on AWS Fargate and EFS, as a Pulumi component."""

from .args import (
    ApiSettings,
    BackupSettings,
    CredentialSettings,
    EdgeSettings,
    ExistingFileSystem,
    GatewaySettings,
    InvalidInput,
    IpfsClusterArgs,
    MonitoringSettings,
    NetworkSettings,
    NodeIdentity,
    NodeSettings,
    PinningSettings,
    StorageSettings,
    SwarmSettings,
)
from .cluster import IpfsCluster

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
    "MonitoringSettings",
    "NetworkSettings",
    "NodeIdentity",
    "NodeSettings",
    "PinningSettings",
    "StorageSettings",
    "SwarmSettings",
]
