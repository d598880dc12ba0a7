"""An IPFS pinning cluster on AWS Fargate and EFS, as a Pulumi component."""

from .args import (
    ApiSettings,
    CredentialSettings,
    EdgeSettings,
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
    "CredentialSettings",
    "EdgeSettings",
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
