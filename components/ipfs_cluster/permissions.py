"""Pure: policy documents: what each role may do, and which clients each file system admits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .daemons import images as image_names

Policy = dict[str, Any]
Statement = dict[str, Any]


@dataclass(frozen=True)
class Account:
    """The account, Region and partition that a stack is deployed to."""

    id: str
    region: str
    partition: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this account and Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.id}:{resource}"

    def parameter_arn(self, name: str) -> str:
        """The ARN of the SSM parameter ``name``."""
        return self.arn("ssm", f"parameter/{name.removeprefix('/')}")


def trust_policy(account: Account) -> Policy:
    """Lets ECS tasks of this account and Region, and no others, assume a task role."""
    return _tasks_trust_policy(account, "")


def execution_trust_policy(account: Account) -> Policy:
    """Lets ECS, for tasks of this account and Region, take an execution role.

    AWS documents both conditions only for task roles (Amazon ECS Developer Guide, "Task IAM role"). So here they apply if ECS says whom it
    acts for; a service that does not say is allowed, or no task could start.
    """
    return _tasks_trust_policy(account, "IfExists")


def _tasks_trust_policy(account: Account, if_exists: str) -> Policy:
    return _policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                f"StringEquals{if_exists}": {"aws:SourceAccount": account.id},
                f"ArnLike{if_exists}": {"aws:SourceArn": account.arn("ecs", "*")},
            },
        }
    )


def execution_policy(
    account: Account,
    images: Sequence[image_names.Source],
    parameter_arns: Sequence[str],
    log_group_arns: Sequence[str],
    key_arn: str | None,
    registry_key_arn: str | None,
) -> Policy:
    """What ECS may do to start a node's task: pull its images, hand it its own secrets, write its logs."""
    statements = [
        {"Sid": "Secrets", "Effect": "Allow", "Action": "ssm:GetParameters", "Resource": sorted(set(parameter_arns))},
        {
            "Sid": "Logs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [f"{arn}:log-stream:*" for arn in log_group_arns],
        },
    ]
    if key_arn is not None:
        statements.append({"Sid": "SecretsKey", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": key_arn})
    credentials = sorted({image.credentials for image in images} - {""})
    if credentials:
        statements.append({"Sid": "RegistryCredentials", "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": credentials})
        if registry_key_arn is not None:
            statements.append({"Sid": "RegistryCredentialsKey", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": registry_key_arn})
    repositories = sorted({arn for image in images if (arn := image_names.ecr_repository(image.name, account.partition))})
    if repositories:
        statements += [
            {
                "Sid": "Images",
                "Effect": "Allow",
                # The last two let the first pull from a pull-through cache fetch the image and make its repository.
                "Action": [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:BatchImportUpstreamImage",
                    "ecr:CreateRepository",
                ],
                "Resource": repositories,
            },
            # This action does not support resources.
            {"Sid": "ImageRegistry", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        ]
    return _policy(*statements)


def task_policy(
    file_system_arn: str, access_point_arns: Sequence[str], bucket_arn: str | None, send_metrics: Statement | None, execute_command: bool
) -> Policy:
    """What a node's containers may do: use their own file system and bucket, send metrics, and talk to ECS Exec if that is on."""
    statements: list[Mapping[str, Any]] = [
        {
            "Sid": "OwnFileSystem",
            "Effect": "Allow",
            "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
            "Resource": file_system_arn,
            "Condition": {"StringEquals": {"elasticfilesystem:AccessPointArn": sorted(access_point_arns)}},
        }
    ]
    if bucket_arn is not None:
        statements += [
            {"Sid": "OwnBlocks", "Effect": "Allow", "Action": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], "Resource": f"{bucket_arn}/*"},
            # Without it S3 would answer 403 for a block that is not there, and kubo not look for it elsewhere.
            {"Sid": "OwnBucket", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket_arn},
        ]
    if send_metrics is not None:
        statements.append(send_metrics)
    if execute_command:
        channels = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"]
        # These actions do not support resources.
        statements.append({"Sid": "ExecuteCommand", "Effect": "Allow", "Action": [f"ssmmessages:{c}" for c in channels], "Resource": "*"})
    return _policy(*statements)


def write_metrics(log_group_arn: str) -> Statement:
    """Lets a collector write records of metrics to a log group that is there."""
    actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    return {"Sid": "Metrics", "Effect": "Allow", "Action": actions, "Resource": [log_group_arn, f"{log_group_arn}:log-stream:*"]}


def remote_write(workspace_arn: str) -> Statement:
    """Lets a collector send metrics to a Prometheus workspace."""
    return {"Sid": "Metrics", "Effect": "Allow", "Action": "aps:RemoteWrite", "Resource": workspace_arn}


def file_system_policy(file_system_arn: str, access_point_arns: Sequence[str], task_role_arn: str) -> Policy:
    """Admits a node's task role, through the node's access points, over TLS.

    EFS admits what either this policy or the client's own one allows, hence the Denys: they hold for every client. A policy of
    any kind also ends anonymous access, which a file system without one gives to all that reach it.
    """
    points = sorted(access_point_arns)
    return _policy(
        {
            "Sid": "Node",
            "Effect": "Allow",
            "Principal": {"AWS": task_role_arn},
            "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
            "Resource": file_system_arn,
            "Condition": {"StringEquals": {"elasticfilesystem:AccessPointArn": points}},
        },
        *_file_system_denials(file_system_arn, {"StringNotEquals": {"elasticfilesystem:AccessPointArn": points}}),
    )


def shared_file_system_policy(file_system_arn: str) -> Policy:
    """Admits, of those whose own policy lets them, who comes through an access point, over TLS, as no root.

    It names no node, so that a node more changes nothing here: each node's role may use its own access points alone.
    """
    return _policy(*_file_system_denials(file_system_arn, {"Null": {"elasticfilesystem:AccessPointArn": "true"}}))


def _file_system_denials(file_system_arn: str, beside_access_points: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What holds for every client; ``beside_access_points`` is the condition by which one comes by another way than it should."""
    everything = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite", "elasticfilesystem:ClientRootAccess"]

    def deny(sid: str, actions: Any, condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
        statement = {"Sid": sid, "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": actions, "Resource": file_system_arn}
        return {**statement, **({"Condition": condition} if condition else {})}

    return [
        deny("OnlyThroughAccessPoints", everything, beside_access_points),
        deny("OnlyOverTls", everything, {"Bool": {"aws:SecureTransport": "false"}}),
        deny("NeverAsRoot", "elasticfilesystem:ClientRootAccess"),
    ]


def topic_policy(account: Account, topic_arn: str, rule_arns: Sequence[str]) -> Policy:
    """Lets this account's alarms and some rules of EventBridge publish to a topic.

    It takes the place of the topic's first policy, by which the account's own users and alarms might: users still may by their own ones.
    """

    def publish(sid: str, service: str, condition: Mapping[str, Any]) -> dict[str, Any]:
        statement = {"Sid": sid, "Effect": "Allow", "Principal": {"Service": service}, "Action": "sns:Publish", "Resource": topic_arn}
        return {**statement, "Condition": condition}

    alarms = {"ArnLike": {"aws:SourceArn": account.arn("cloudwatch", "alarm:*")}, "StringEquals": {"aws:SourceAccount": account.id}}
    statements = [publish("Alarms", "cloudwatch.amazonaws.com", alarms)]
    if rule_arns:
        statements.append(publish("Events", "events.amazonaws.com", {"ArnEquals": {"aws:SourceArn": sorted(rule_arns)}}))
    return _policy(*statements)


def log_bucket_policy(account: Account, bucket_arn: str, distributions: bool) -> Policy:
    """Lets this account's load balancers of this Region and, if there are any, ``distributions`` write access logs, and denies
    requests without TLS.
    """
    delivery = {
        # As AWS adds it to a bucket's policy that lacks it (CloudWatch Logs User Guide, "Logs sent to Amazon S3").
        "Sid": "EdgeAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn}/AWSLogs/{account.id}/*",
        "Condition": {
            "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": account.id},
            "ArnLike": {"aws:SourceArn": f"arn:{account.partition}:logs:us-east-1:{account.id}:delivery-source:*"},
        },
    }
    return _policy(
        *([delivery] if distributions else []),
        {
            "Sid": "AccessLogs",
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{bucket_arn}/AWSLogs/{account.id}/*",
            "Condition": {"ArnLike": {"aws:SourceArn": account.arn("elasticloadbalancing", "loadbalancer/*")}},
        },
        _only_over_tls(bucket_arn),
    )


def console_bucket_policy(bucket_arn: str, objects_arn: str, distribution_arn: str) -> Policy:
    """Lets one distribution read a bucket, and denies requests without TLS."""
    reader = {"Principal": {"Service": "cloudfront.amazonaws.com"}, "Condition": {"StringEquals": {"aws:SourceArn": distribution_arn}}}
    return _policy(
        {"Sid": "Console", "Effect": "Allow", "Action": "s3:GetObject", "Resource": objects_arn, **reader},
        # Without it S3 would answer 403 for a file that is not there. The distribution asks for files only.
        {"Sid": "MissingFiles", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket_arn, **reader},
        _only_over_tls(bucket_arn),
    )


def only_over_tls_policy(bucket_arn: str) -> Policy:
    """Denies requests to a bucket without TLS."""
    return _policy(_only_over_tls(bucket_arn))


def _only_over_tls(bucket_arn: str) -> dict[str, Any]:
    return {
        "Sid": "OnlyOverTls",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def upload_policy(object_arn: str) -> Policy:
    """Lets a task write one object."""
    return _policy({"Sid": "Upload", "Effect": "Allow", "Action": "s3:PutObject", "Resource": object_arn})


def run_task_policy(family_arn: str, cluster_arn: str, role_arns: Sequence[str]) -> Policy:
    """Lets a scheduler run a family's tasks on a cluster, with their roles and tags."""
    return _policy(
        {
            "Sid": "Run",
            "Effect": "Allow",
            "Action": "ecs:RunTask",
            "Resource": [family_arn, f"{family_arn}:*"],
            "Condition": {"ArnEquals": {"ecs:cluster": cluster_arn}},
        },
        {
            "Sid": "Tags",
            "Effect": "Allow",
            "Action": "ecs:TagResource",
            "Resource": cluster_arn.replace(":cluster/", ":task/") + "/*",
            "Condition": {"StringEquals": {"ecs:CreateAction": "RunTask"}},
        },
        {
            "Sid": "Roles",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": list(role_arns),
            "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        },
    )


def service_trust_policy(account: Account, service: str) -> Policy:
    """Lets a service, on behalf of this account, take a role."""
    return _policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": account.id}},
        }
    )


def edge_function_trust_policy() -> Policy:
    """Lets Lambda, and Lambda at CloudFront's edges, take a role."""
    services = ["edgelambda.amazonaws.com", "lambda.amazonaws.com"]
    return _policy({"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"})


def edge_function_policy(account: Account, function: str) -> Policy:
    """Lets an edge function write its logs, in whichever Region the edge keeps them."""
    group = f"arn:{account.partition}:logs:*:{account.id}:log-group:/aws/lambda/us-east-1.{function}"
    return _policy(
        {"Sid": "LogGroup", "Effect": "Allow", "Action": "logs:CreateLogGroup", "Resource": group},
        {"Sid": "Logs", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": f"{group}:log-stream:*"},
    )


def publisher_policy(account: Account, zones: Mapping[str, str], distribution_arn: str) -> Policy:
    """Lets those who publish websites set the DNSLink records of these, and nothing else, and invalidate what CloudFront holds.

    ``zones`` has the ID of each website's hosted zone, empty where its records are elsewhere.
    """
    statements: list[Mapping[str, Any]] = [
        {
            "Sid": f"Records{zone}",
            "Effect": "Allow",
            "Action": "route53:ChangeResourceRecordSets",
            "Resource": f"arn:{account.partition}:route53:::hostedzone/{zone}",
            "Condition": {
                "ForAllValues:StringEquals": {
                    "route53:ChangeResourceRecordSetsNormalizedRecordNames": sorted(f"_dnslink.{host}" for host, of in zones.items() if of == zone),
                    "route53:ChangeResourceRecordSetsRecordTypes": "TXT",
                    "route53:ChangeResourceRecordSetsActions": ["CREATE", "DELETE", "UPSERT"],
                }
            },
        }
        for zone in sorted(set(zones.values()) - {""})
    ]
    if statements:
        own = [statement["Resource"] for statement in statements]
        statements += [
            {"Sid": "ReadRecords", "Effect": "Allow", "Action": "route53:ListResourceRecordSets", "Resource": own},
            {"Sid": "WaitForRecords", "Effect": "Allow", "Action": "route53:GetChange", "Resource": f"arn:{account.partition}:route53:::change/*"},
        ]
    invalidation = {"Action": ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"], "Resource": distribution_arn}
    return _policy(*statements, {"Sid": "Invalidate", "Effect": "Allow", **invalidation})


def _policy(*statements: Mapping[str, Any]) -> Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}
