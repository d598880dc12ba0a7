import * as pulumi from "@pulumi/pulumi";
import * as ipfs from "@pulumi/ipfs-cluster";

const config = new pulumi.Config();

const cluster = new ipfs.IpfsCluster("ipfs", {
    nodes: { count: 3, memory: 2048, kuboConfig: { "Gateway.MaxConcurrentRequests": 512 } },
    storage: { maxGib: 200, transitionToIaDays: 30 },
    backup: { nodes: "all", retentionDays: 90 },
    // The password stays a secret: groups are plain values, but their leaves accept outputs.
    api: { username: "admin", password: config.requireSecret("apiPassword") },
    tags: { environment: pulumi.getStack() },
});

export const gatewayUrl = cluster.gatewayUrl;
export const apiUrl = cluster.apiUrl;
export const kuboPeerIds = cluster.kuboPeerIds;
export const apiPassword = cluster.apiPassword;
