"""What the collectors next to the daemons need: their configuration, and the log group of their records."""

import pulumi
import pulumi_aws as aws

from .. import permissions
from ..context import ClusterContext
from ..credentials.credentials import StoredSecret
from ..daemons import collector
from ..inputs.monitoring import ResolvedMonitoring


class Metrics(pulumi.ComponentResource):
    """The collectors' configuration in SSM and, for CloudWatch, the log group whose records become metrics."""

    def __init__(self, name: str, *, monitoring: ResolvedMonitoring, context: ClusterContext, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ipfs-cluster:index:Metrics", name, {}, opts)
        own, names, tags, account = pulumi.ResourceOptions(parent=self), context.names, context.tags, context.account
        self.statement: pulumi.Output[permissions.Statement]
        """What a node's containers may do to send metrics."""
        text: pulumi.Output[str]
        if monitoring.metrics == "cloudwatch":
            group = aws.cloudwatch.LogGroup(name, name=names.metrics_log_group, retention_in_days=context.log_retention_days, tags=tags.named(name), opts=own)
            self.statement = group.name.apply(lambda log_group: permissions.write_metrics(account.arn("logs", f"log-group:{log_group}")))
            text = group.name.apply(
                lambda log_group: collector.configuration(names.flat, account.region, "cloudwatch", namespace=names.metrics, log_group=log_group)
            )
        else:
            workspace = pulumi.Output.from_input(monitoring.prometheus_workspace_id or "")
            self.statement = workspace.apply(lambda id_: permissions.remote_write(account.arn("aps", f"workspace/{id_}")))
            suffix = "amazonaws.com.cn" if account.partition == "aws-cn" else "amazonaws.com"
            text = workspace.apply(
                lambda id_: collector.configuration(
                    names.flat,
                    account.region,
                    "prometheus",
                    endpoint=f"https://aps-workspaces.{account.region}.{suffix}/workspaces/{id_}/api/v1/remote_write",
                )
            )
        parameter = aws.ssm.Parameter(
            name, name=f"{names.path}/collector-configuration", type=aws.ssm.ParameterType.STRING, value=text, tags=tags.named(name), opts=own
        )
        self.configuration: StoredSecret = StoredSecret(parameter.arn, parameter.version.apply(str))
        """The parameter, by reference."""
        self.register_outputs({})
