"""A cluster for production: in an existing VPC, under your own names, with backups in a vault, a pinset export, alarms and a budget."""

import pulumi
import pulumi_aws as aws
from ipfs_cluster import IpfsCluster, IpfsClusterArgs

config = pulumi.Config()
subnets: dict[str, str] = config.require_object("publicSubnetIds")
vault = aws.backup.Vault("pins", opts=pulumi.ResourceOptions(protect=True))

settings: IpfsClusterArgs = {
    "network": {
        "vpc_id": config.require("vpcId"),
        "subnet_ids": dict(subnets),
        "load_balancer_subnet_ids": config.require_object("privateSubnetIds"),
    },
    # Sorted by name, so that another zone in the VPC moves no node.
    "nodes": {"count": len(subnets), "zones": sorted(subnets), "cpu": 1024, "memory": 4096},
    "storage": {"max_gib": 500, "transition_to_ia_days": 30},
    "backup": {"nodes": "all", "retention_days": 90, "vault_name": vault.name, "pinset_schedule": "rate(1 day)"},
    "edge": {"domain": config.require("domain"), "zone_id": config.require("zoneId"), "subdomain_gateway": True, "access_log_days": 30},
    "api": {"pinning_service": True},
    "monitoring": {"log_retention_days": 90, "alarm_emails": config.require_object("alarmEmails"), "monthly_budget_usd": 500},
    "tags": {"environment": pulumi.get_stack(), "owner": "platform"},
}
cluster = IpfsCluster("ipfs", settings)

pulumi.export("gateway_url", cluster.gateway_url)
pulumi.export("api_url", cluster.api_url)
pulumi.export("pinning_service_url", cluster.pinning_service_url)
pulumi.export("api_username", cluster.api_username)
pulumi.export("api_password", cluster.api_password)
pulumi.export("pinset_bucket", cluster.pinset_bucket)
