"""Pure: settings of the daemons that the program sets itself, and what to use instead."""

from .problems import ref

_KUBO = {
    "Identity": f"give identities in {ref('credentials.identities')}",
    "Addresses": "the ports and addresses are part of the deployment",
    "Datastore.Spec": f"use {ref('storage.datastore')}",
    "Datastore.StorageMax": f"use {ref('storage.max_gib')}",
    "Bootstrap": f"use {ref('swarm.bootstrap_peers')}",
    "Routing.Type": f"use {ref('swarm.routing')}",
    "Peering": "every node peers with all others",
    "Gateway.NoFetch": f"use {ref('gateway.open')}",
    "Gateway.ExposeRoutingAPI": "the gateway answers the public",
    "Gateway.PublicGateways": f"use {ref('edge.subdomain_gateway')}",
    "Swarm.AddrFilters": f"it follows from {ref('swarm.mode')} and the VPC",
    "Swarm.ConnMgr.LowWater": f"use {ref('swarm.conn_mgr_low_water')}",
    "Swarm.ConnMgr.HighWater": f"use {ref('swarm.conn_mgr_high_water')}",
    "Swarm.ResourceMgr.MaxMemory": f"it follows from {ref('nodes.memory')}",
    "Swarm.Transports.Network": f"it follows from {ref('swarm.mode')}",
    "AutoConf": "every endpoint is an input here",
    "AutoTLS": "it would ask a service outside",
    "Discovery.MDNS": "a VPC has no multicast",
    "Internal.ShutdownTimeout": "it follows from the task's stop timeout",
}

_API_LOGIN = f"{ref('api.username')} and {ref('api.password')}, or {ref('credentials.api_credentials_parameter')}"
_CLUSTER = {
    "CLUSTER_ID": f"give identities in {ref('credentials.identities')}",
    "CLUSTER_PRIVATEKEY": f"give identities in {ref('credentials.identities')}",
    "CLUSTER_SECRET": f"use {ref('credentials.cluster_secret_parameter')}",
    "CLUSTER_PEERNAME": "it is the node's name",
    "CLUSTER_PEERADDRESSES": "every node knows all nodes",
    "CLUSTER_LISTENMULTIADDRESS": "the port is part of the deployment",
    "CLUSTER_CRDT_TRUSTEDPEERS": "every node trusts all nodes and no one else",
    "CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS": "the port is part of the deployment",
    "CLUSTER_RESTAPI_BASICAUTHCREDENTIALS": f"use {_API_LOGIN}; further users go to {ref('api.users')}",
    "CLUSTER_CREDENTIALS": f"use {_API_LOGIN}",
    "CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS": f"use {ref('api.pinning_service')}, which gives it credentials",
    "CLUSTER_PINSVCAPI_BASICAUTHCREDENTIALS": f"use {ref('api.pinning_service_username')}, {ref('api.pinning_service_password')} and {ref('api.users')}",
    "CLUSTER_IPFSHTTP_NODEMULTIADDRESS": "kubo is in the same task",
    "CLUSTER_IPFSPROXY_LISTENMULTIADDRESS": "the proxy has no authentication",
    "CLUSTER_REPLICATIONFACTORMIN": f"use {ref('pinning.replication_min')}",
    "CLUSTER_REPLICATIONFACTORMAX": f"use {ref('pinning.replication_max')}",
    "CLUSTER_METRICS_ENABLESTATS": f"use {ref('monitoring.metrics')}",
    "CLUSTER_METRICS_PROMETHEUSENDPOINT": f"use {ref('monitoring.metrics')}",
    "CLUSTER_LEAVEONSHUTDOWN": "leaving at a stop would delete the node's pinset",
    "CLUSTER_PINONLYONTRUSTEDPEERS": "pins go to own nodes only",
}


def instead_of_kubo_setting(setting: str) -> str | None:
    """What to use instead of a setting of kubo that the program sets; None if it does not.

    A section that holds such a setting counts too, since setting it would replace the setting.
    """
    for owned, use in _KUBO.items():
        if setting == owned or setting.startswith(f"{owned}."):
            return use
        if owned.startswith(f"{setting}."):
            return f"name the settings in it one by one ({owned}: {use})"
    return None


def instead_of_cluster_variable(variable: str) -> str | None:
    """What to use instead of a variable of ipfs-cluster that the program sets; None if it does not."""
    return _CLUSTER.get(variable)
