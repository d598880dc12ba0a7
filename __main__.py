"""The program: stack configuration in, one IpfsCluster, its outputs out."""

import pulumi
from ipfs_cluster import IpfsCluster
from ipfs_cluster.config import args_from_config, named_as_configured

with named_as_configured():
    cluster = IpfsCluster("ipfs", args_from_config(pulumi.Config()))

pulumi.export("gateway_url", cluster.gateway_url)
pulumi.export("api_url", cluster.api_url)
pulumi.export("pinning_service_url", cluster.pinning_service_url)
pulumi.export("ctl_command", cluster.ctl_command)
pulumi.export("curl_command", cluster.curl_command)
pulumi.export("gateway_distribution_id", cluster.gateway_distribution_id)
pulumi.export("api_distribution_id", cluster.api_distribution_id)
pulumi.export("dns_records", cluster.dns_records)
pulumi.export("gateway_username", cluster.gateway_username)
pulumi.export("gateway_password", cluster.gateway_password)
pulumi.export("gateway_user_pool_id", cluster.gateway_user_pool_id)
pulumi.export("gateway_user_pool_client_id", cluster.gateway_user_pool_client_id)
pulumi.export("pinning_service_username", cluster.pinning_service_username)
pulumi.export("pinning_service_password", cluster.pinning_service_password)
pulumi.export("pinset_bucket", cluster.pinset_bucket)
pulumi.export("backup_vault_name", cluster.backup_vault_name)
pulumi.export("backup_role_arn", cluster.backup_role_arn)
pulumi.export("alarm_topic_arn", cluster.alarm_topic_arn)
pulumi.export("dashboard_url", cluster.dashboard_url)
pulumi.export("vpc_id", cluster.vpc_id)
pulumi.export("cluster_arn", cluster.cluster_arn)
pulumi.export("api_username", cluster.api_username)
pulumi.export("api_password", cluster.api_password)
pulumi.export("api_credentials_parameter", cluster.api_credentials_parameter)
pulumi.export("kubo_peer_ids", cluster.kubo_peer_ids)
pulumi.export("cluster_peer_ids", cluster.cluster_peer_ids)
pulumi.export("file_system_ids", cluster.file_system_ids)
pulumi.export("block_buckets", cluster.block_buckets)
pulumi.export("dns_names", cluster.dns_names)
pulumi.export("execute_commands", cluster.execute_commands)
pulumi.export("retained", cluster.retained)
