"""Policy documents, as they are written; tests/account/test_permissions.py asks what they allow."""

from typing import Any

from ipfs_cluster import permissions
from ipfs_cluster.daemons.images import Source
from ipfs_cluster.permissions import Account

ACCOUNT = Account("123456789012", "eu-west-1", "aws")
CHINA = Account("123456789012", "cn-north-1", "aws-cn")
FILE_SYSTEM = "arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-1"
POINTS = ["arn:point/b", "arn:point/a"]
MOUNT = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
BUCKET = "arn:aws:s3:::blocks"
ONLY_OVER_TLS = {
    "Sid": "OnlyOverTls",
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Action": "s3:*",
    "Resource": [BUCKET, f"{BUCKET}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    assert policy.keys() == {"Version", "Statement"}
    assert policy["Version"] == "2012-10-17"
    return list(policy["Statement"])


def test_arns() -> None:
    assert ACCOUNT.arn("ecs", "cluster/c") == "arn:aws:ecs:eu-west-1:123456789012:cluster/c"
    assert CHINA.parameter_arn("/a/b") == "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/a/b"
    assert CHINA.parameter_arn("b") == "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/b"


def test_ecs_alone_takes_a_nodes_roles() -> None:
    for policy, if_exists in ((permissions.trust_policy(ACCOUNT), ""), (permissions.execution_trust_policy(ACCOUNT), "IfExists")):
        assert statements(policy) == [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    f"StringEquals{if_exists}": {"aws:SourceAccount": "123456789012"},
                    f"ArnLike{if_exists}": {"aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*"},
                },
            }
        ]


def test_a_service_takes_a_role_on_behalf_of_this_account() -> None:
    (statement,) = statements(permissions.service_trust_policy(ACCOUNT, "backup.amazonaws.com"))
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "backup.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
    }


def test_what_starts_a_task() -> None:
    policy = permissions.execution_policy(ACCOUNT, [Source("ipfs/kubo:v1")], ["arn:b", "arn:a", "arn:a"], ["arn:logs/1", "arn:logs/2"], None, None)
    secrets = {"Sid": "Secrets", "Effect": "Allow", "Action": "ssm:GetParameters", "Resource": ["arn:a", "arn:b"]}
    logs = {
        "Sid": "Logs",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": ["arn:logs/1:log-stream:*", "arn:logs/2:log-stream:*"],
    }
    assert statements(policy) == [secrets, logs]
    policy = permissions.execution_policy(ACCOUNT, [Source("ipfs/kubo:v1")], ["arn:a", "arn:b"], ["arn:logs/1", "arn:logs/2"], "arn:key", None)
    assert statements(policy) == [secrets, logs, {"Sid": "SecretsKey", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:key"}]


def test_what_a_task_may() -> None:
    own = {
        "Sid": "OwnFileSystem",
        "Effect": "Allow",
        "Action": MOUNT,
        "Resource": FILE_SYSTEM,
        "Condition": {"StringEquals": {"elasticfilesystem:AccessPointArn": ["arn:point/a", "arn:point/b"]}},
    }
    assert statements(permissions.task_policy(FILE_SYSTEM, POINTS, None, None, False)) == [own]
    metrics = permissions.write_metrics("arn:logs/metrics")
    assert statements(permissions.task_policy(FILE_SYSTEM, POINTS, BUCKET, metrics, True)) == [
        own,
        {"Sid": "OwnBlocks", "Effect": "Allow", "Action": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], "Resource": f"{BUCKET}/*"},
        {"Sid": "OwnBucket", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": BUCKET},
        {
            "Sid": "Metrics",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            "Resource": ["arn:logs/metrics", "arn:logs/metrics:log-stream:*"],
        },
        {
            "Sid": "ExecuteCommand",
            "Effect": "Allow",
            "Action": [
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            "Resource": "*",
        },
    ]


def test_where_metrics_go_to_prometheus() -> None:
    assert permissions.remote_write("arn:workspace") == {"Sid": "Metrics", "Effect": "Allow", "Action": "aps:RemoteWrite", "Resource": "arn:workspace"}


def deny(sid: str, actions: str | list[str], condition: dict[str, Any] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"Sid": sid, "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": actions, "Resource": FILE_SYSTEM}
    return found if condition is None else {**found, "Condition": condition}


def denials(other_way: dict[str, Any]) -> list[dict[str, Any]]:
    everything = [*MOUNT, "elasticfilesystem:ClientRootAccess"]
    return [
        deny("OnlyThroughAccessPoints", everything, other_way),
        deny("OnlyOverTls", everything, {"Bool": {"aws:SecureTransport": "false"}}),
        deny("NeverAsRoot", "elasticfilesystem:ClientRootAccess"),
    ]


def test_a_nodes_own_file_system_admits_the_node_alone() -> None:
    points = {"elasticfilesystem:AccessPointArn": ["arn:point/a", "arn:point/b"]}
    node = {
        "Sid": "Node",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:role"},
        "Action": MOUNT,
        "Resource": FILE_SYSTEM,
        "Condition": {"StringEquals": points},
    }
    assert statements(permissions.file_system_policy(FILE_SYSTEM, POINTS, "arn:role")) == [node, *denials({"StringNotEquals": points})]


def test_a_file_system_of_all_nodes_names_none() -> None:
    assert statements(permissions.shared_file_system_policy(FILE_SYSTEM)) == denials({"Null": {"elasticfilesystem:AccessPointArn": "true"}})


def test_who_publishes_to_the_topic() -> None:
    alarms = {
        "Sid": "Alarms",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": "arn:topic",
        "Condition": {
            "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"},
            "StringEquals": {"aws:SourceAccount": "123456789012"},
        },
    }
    events = {
        "Sid": "Events",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": "arn:topic",
        "Condition": {"ArnEquals": {"aws:SourceArn": ["arn:rule/a", "arn:rule/b"]}},
    }
    assert statements(permissions.topic_policy(ACCOUNT, "arn:topic", [])) == [alarms]
    assert statements(permissions.topic_policy(ACCOUNT, "arn:topic", ["arn:rule/b", "arn:rule/a"])) == [alarms, events]


def test_who_writes_access_logs() -> None:
    distributions = {
        "Sid": "EdgeAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{BUCKET}/AWSLogs/123456789012/*",
        "Condition": {
            "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:123456789012:delivery-source:*"},
        },
    }
    load_balancers = {
        "Sid": "AccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{BUCKET}/AWSLogs/123456789012/*",
        "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/*"}},
    }
    assert statements(permissions.log_bucket_policy(ACCOUNT, BUCKET, True)) == [distributions, load_balancers, ONLY_OVER_TLS]
    assert statements(permissions.log_bucket_policy(ACCOUNT, BUCKET, False)) == [load_balancers, ONLY_OVER_TLS]
    assert statements(permissions.only_over_tls_policy(BUCKET)) == [ONLY_OVER_TLS]


def test_the_export_of_the_pinset() -> None:
    assert statements(permissions.upload_policy("arn:aws:s3:::pins/pinset.json")) == [
        {"Sid": "Upload", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::pins/pinset.json"}
    ]
    cluster = "arn:aws:ecs:eu-west-1:123456789012:cluster/c"
    assert statements(permissions.run_task_policy("arn:family", cluster, ["arn:role/1", "arn:role/2"])) == [
        {
            "Sid": "Run",
            "Effect": "Allow",
            "Action": "ecs:RunTask",
            "Resource": ["arn:family", "arn:family:*"],
            "Condition": {"ArnEquals": {"ecs:cluster": cluster}},
        },
        {
            "Sid": "Tags",
            "Effect": "Allow",
            "Action": "ecs:TagResource",
            "Resource": "arn:aws:ecs:eu-west-1:123456789012:task/c/*",
            "Condition": {"StringEquals": {"ecs:CreateAction": "RunTask"}},
        },
        {
            "Sid": "Roles",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": ["arn:role/1", "arn:role/2"],
            "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        },
    ]


def test_an_edge_function_writes_its_logs_wherever_it_runs() -> None:
    services = ["edgelambda.amazonaws.com", "lambda.amazonaws.com"]
    assert statements(permissions.edge_function_trust_policy()) == [{"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}]
    group = "arn:aws:logs:*:123456789012:log-group:/aws/lambda/us-east-1.verify"
    assert statements(permissions.edge_function_policy(ACCOUNT, "verify")) == [
        {"Sid": "LogGroup", "Effect": "Allow", "Action": "logs:CreateLogGroup", "Resource": group},
        {"Sid": "Logs", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": f"{group}:log-stream:*"},
    ]
