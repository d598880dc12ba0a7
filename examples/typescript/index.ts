import * as pulumi from "@pulumi/pulumi";
import * as ipfs from "@pulumi/ipfs-cluster";

const config = new pulumi.Config();

const cluster = new ipfs.IpfsCluster("ipfs", {
    nodes: { count: 3, memory: 2048, kuboConfig: { "Gateway.MaxConcurrentRequests": 512 } },
    storage: { maxGib: 200, transitionToIaDays: 30 },
    backup: { nodes: "all", retentionDays: 90 },
    // A secret stays one: of the groups, which are plain, it is the leaves that take outputs.
    api: { username: "admin", password: config.requireSecret("apiPassword") },
    tags: { environment: pulumi.getStack() },
});

export const gatewayUrl = cluster.gatewayUrl;
export const apiUrl = cluster.apiUrl;
export const kuboPeerIds = cluster.kuboPeerIds;
export const apiPassword = cluster.apiPassword;
