"""The deployer's policies: enough for every resource of every scenario, and not for what is none of its business."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.account import Made
from tests.helpers.iam import allowed
from tests.helpers.scenarios import JOINED, SCENARIOS
from tests.helpers.support import deployed_small
from tools import deployer, resources

# How IAM calls what the API calls otherwise.
RENAMED = {
    "tagging": "tag",
    "monitoring": "cloudwatch",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "cloudfront:CreateDistributionWithTags": "cloudfront:CreateDistribution",
    "budgets:CreateBudget": "budgets:ModifyBudget",
}
# What the sandbox calls in another way than the provider, or for itself.
SANDBOX_ONLY = {"servicediscovery:ListNamespaces", "sts:GetCallerIdentity", "acm:ListCertificates"}
PLAIN: Any = SCENARIOS
# Of one node each; together they have every type of resource.
DEPLOYED: dict[str, Any] = {
    "domain": SCENARIOS["domain, passwords, pinning service"],
    "tokens": {**PLAIN["tokens"], "storage": {"datastore": "s3"}, "nodes": {"kuboImage": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/kubo-s3:v1"}},
    "told by mail": {**PLAIN["told by mail"], "nodes": {"count": 1}},
    "private": {**PLAIN["private"], "nodes": {**PLAIN["private"]["nodes"], "count": 1}},
}
# IpfsGlobal is a component with a name of its own.
POLICIES = [*deployer.documents().values(), *deployer.documents("world").values()]
TAG = "ipfs-cluster-test-ipfs"


@pytest.fixture(scope="module")
def made() -> list[Made]:
    found: list[Made] = []
    for groups in DEPLOYED.values():
        with deployed_small(groups) as stack:
            found += stack.account.made
    for joined in JOINED.values():
        with joined() as stack:
            found += stack.account.made
    return [one for one in found if one.type.startswith("aws:")]


def test_the_documents_are_the_tables() -> None:
    files = {file.stem: file.read_text() for file in deployer.FOLDER.glob("*.json")}
    assert files == {name: deployer.text(policy) for name, policy in deployer.documents().items()}, "write them by `.venv/bin/python -m tools.deployer`"


def test_each_document_can_be_a_managed_policy() -> None:
    assert {name: deployer.size(policy) for name, policy in deployer.documents().items() if deployer.size(policy) > deployer.MOST_CHARACTERS} == {}
    # With the longest names, too.
    assert all(deployer.size(policy) <= deployer.MOST_CHARACTERS for policy in deployer.documents("n" * 30, "p" * 30, "aws-us-gov").values())


def test_every_type_has_a_row_and_every_row_a_type(made: list[Made]) -> None:
    used = {one.type for one in made}
    scenarios = json.loads(resources.FILE.read_text()).values()
    everywhere = {child.partition(" ")[0] for tree in scenarios for children in tree.values() for child in children}
    used |= {type_ for type_ in everywhere if type_.startswith("aws:")}
    assert used - set(deployer.TABLE["types"]) - set(deployer.TABLE["look_ups"]) == set(), "add a row to tools/deployer.yaml"
    assert set(deployer.TABLE["types"]) - used == set(), "no deployment has these any more"


def test_every_action_is_in_a_document() -> None:
    given = {action for policy in POLICIES for statement in policy["Statement"] for action in statement["Action"]}
    assert deployer.actions() - given == set(), "name the service in tools/deployer.yaml, documents"
    assert given - deployer.actions() == {"iam:PassRole", "iam:CreateServiceLinkedRole"}
    for name, scope in deployer.TABLE["scopes"].items():
        for action in scope["actions"]:
            assert any(deployer.scope(known) == name and (known == action or action.endswith("*")) for known in deployer.actions()), f"{name}: {action}"


def action(call: str) -> str:
    service, _, operation = call.partition(":")
    return RENAMED.get(call) or f"{RENAMED.get(service, service)}:{operation}"


def test_every_call_of_the_sandbox_is_in_the_row_of_its_resource(made: list[Made]) -> None:
    missing = set()
    for one in made:
        row = deployer.TABLE["types"].get(one.type, {}).get("actions") or deployer.TABLE["look_ups"].get(one.type, [])
        missing |= {(one.type, action(call)) for call in one.calls if action(call) not in row and action(call) not in SANDBOX_ONLY}
    assert missing == set()
    assert sum(len(one.calls) for one in made) > 200


def arn(one: Made) -> str:
    """The ARN of what a resource is, or is a part of."""
    known, inputs = one.outputs, one.inputs
    match one.type.split(":")[1].partition("/")[0], one.type.rpartition(":")[2]:
        case "iam", "RolePolicy" | "RolePolicyAttachment":
            return f"arn:aws:iam::123456789012:role/{inputs['role']}"
        case "s3", "BucketObjectv2":
            return str(known["arn"])
        case "s3", _:
            return f"arn:aws:s3:::{inputs.get('bucket') or known['id']}"
        case "cloudwatch", "LogMetricFilter":
            return f"arn:aws:logs:eu-west-1:123456789012:log-group:{inputs['logGroupName']}"
        case "sns", "TopicSubscription":
            return str(inputs["topic"])
        case "ecs", "ClusterCapacityProviders":
            return f"arn:aws:ecs:eu-west-1:123456789012:cluster/{inputs['clusterName']}"
        case "cloudwatch", "EventTarget":  # its own ARN is that of what the rule tells
            return f"arn:aws:events:eu-west-1:123456789012:rule/{inputs['rule']}"
        case "cloudwatch", "CompositeAlarm":
            return f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{inputs.get('alarmName') or known['id']}"
        case "budgets", "Budget":
            return f"arn:aws:budgets::123456789012:budget/{known['id'].rpartition(':')[2]}"
        case "ecr", _:
            return str(inputs.get("credentialArn", "*"))
    return str(known.get("arn", "*"))


def other_context(one: Made, action: str) -> Any:
    """What AWS knows of such a request, besides the resource."""
    if action.startswith("kms:"):
        return {
            "kms__ViaService": {"Vault": "backup", "FileSystem": "elasticfilesystem", "Parameter": "ssm"}[one.type.rpartition(":")[2]]
            + ".eu-west-1.amazonaws.com"
        }
    if action in ("iam:AttachRolePolicy", "iam:DetachRolePolicy"):
        return {"iam__PolicyARN": one.inputs["policyArn"]}
    tag = one.inputs.get("tags", {}).get("ipfs-cluster")
    return {"aws__ResourceTag/ipfs-cluster": tag} if tag else {}


def test_all_that_a_row_names_is_allowed_for_each_resource(made: list[Made]) -> None:
    refused = {
        (one.type, one.name, needed, arn(one))
        for one in made
        for needed in deployer.TABLE["types"].get(one.type, {}).get("actions", [])
        if not allowed(needed, arn(one), POLICIES, **other_context(one, needed))
    }
    assert refused == set()


def test_look_ups_are_allowed() -> None:
    service = "arn:aws:ecs:eu-west-1:123456789012:service/ipfs-cluster-1234567/ipfs-node-eu-west-1a"
    for needed in itertools.chain.from_iterable(deployer.TABLE["look_ups"].values()):
        assert allowed(needed, service if needed.startswith("ecs:") else "*", POLICIES), needed


def test_roles_are_passed_to_the_services_that_take_them_and_to_no_others(made: list[Made]) -> None:
    roles = set()
    for one in made:
        row = deployer.TABLE["types"].get(one.type, {})
        for path in row.get("passes", {}).get("roles", []):
            role: Any = one.inputs
            for key in path.split("."):
                role = role[key]
            roles.add(role)
            assert allowed("iam:PassRole", role, POLICIES, iam__PassedToService=row["passes"]["service"]), one.name
            assert not allowed("iam:PassRole", role, POLICIES, iam__PassedToService="ec2.amazonaws.com")
    assert len(roles) >= 7
    # No resource gives a role to a service without the table's knowing.
    keys = ("roleArn", "role", "executionRoleArn", "taskRoleArn", "iamRoleArn", "customRoleArn", "serviceRole")
    given = {value for one in made for key, value in _pairs(one.inputs) if key in keys and isinstance(value, str) and value.startswith("arn:")}
    assert given == roles


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key, item
            yield from _pairs(item)
    elif isinstance(value, list):
        for item in value:
            yield from _pairs(item)


def test_service_linked_roles_of_these_services_alone() -> None:
    role = "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    for service in ("ecs", "elasticloadbalancing", "elasticfilesystem", "backup", "vpcorigin.cloudfront", "replicator.lambda", "pullthroughcache.ecr"):
        assert allowed("iam:CreateServiceLinkedRole", role, POLICIES, iam__AWSServiceName=f"{service}.amazonaws.com")
    assert not allowed("iam:CreateServiceLinkedRole", role, POLICIES, iam__AWSServiceName="organizations.amazonaws.com")


NOT_NEEDED = [
    ("iam:CreateUser", "arn:aws:iam::123456789012:user/ipfs-mallory"),
    ("iam:CreateAccessKey", "arn:aws:iam::123456789012:user/admin"),
    ("iam:CreatePolicy", "arn:aws:iam::123456789012:policy/ipfs-all"),
    ("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/admin"),
    ("iam:UpdateAssumeRolePolicy", "arn:aws:iam::123456789012:role/admin"),
    ("iam:DeleteRolePermissionsBoundary", "arn:aws:iam::123456789012:role/ipfs-eu-west-1a-task-1234567"),
    ("sts:AssumeRole", "arn:aws:iam::123456789012:role/admin"),
    ("ssm:GetParameter", "arn:aws:ssm:eu-west-1:123456789012:parameter/database/password"),
    ("ssm:SendCommand", "*"),
    ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:database-AbCdEf"),
    ("ec2:RunInstances", "*"),
    ("ec2:CreateNatGateway", "*"),
    ("ec2:TerminateInstances", "*"),
    ("ecs:ExecuteCommand", "arn:aws:ecs:eu-west-1:123456789012:task/ipfs-cluster-1234567/0"),
    ("ecs:RunTask", "arn:aws:ecs:eu-west-1:123456789012:task-definition/ipfs-cluster-test-ipfs-eu-west-1a:1"),
    ("ecs:DeleteCluster", "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"),
    ("ecs:UpdateService", "arn:aws:ecs:eu-west-1:123456789012:service/shop/web"),
    ("elasticfilesystem:ClientMount", "*"),
    ("elasticfilesystem:ClientRootAccess", "*"),
    ("s3:GetObject", "arn:aws:s3:::ipfs-pinset-1234567/pinset.json"),
    ("s3:DeleteBucket", "arn:aws:s3:::photos"),
    ("s3:ListAllMyBuckets", "*"),
    ("logs:DeleteLogGroup", "arn:aws:logs:eu-west-1:123456789012:log-group:/shop/web"),
    ("logs:GetLogEvents", "arn:aws:logs:eu-west-1:123456789012:log-group:/ipfs/ipfs-cluster/test/x"),
    ("lambda:InvokeFunction", "*"),
    ("lambda:UpdateFunctionCode", "arn:aws:lambda:eu-west-1:123456789012:function:shop"),
    ("elasticloadbalancing:DeleteLoadBalancer", "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/0"),
    ("backup:DeleteBackupVault", "arn:aws:backup:eu-west-1:123456789012:backup-vault:Default"),
    ("sns:DeleteTopic", "arn:aws:sns:eu-west-1:123456789012:orders"),
    ("sns:Publish", "arn:aws:sns:eu-west-1:123456789012:ipfs-alarms"),
    ("cognito-idp:AdminSetUserPassword", "*"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:123456789012:key/0"),
    ("kms:ScheduleKeyDeletion", "arn:aws:kms:eu-west-1:123456789012:key/0"),
    ("organizations:LeaveOrganization", "*"),
]


@pytest.mark.parametrize(("action", "resource"), NOT_NEEDED)
def test_what_is_not_needed_is_refused(action: str, resource: str) -> None:
    assert not allowed(action, resource, POLICIES)


@pytest.mark.parametrize("action", deployer.TABLE["scopes"]["DeleteOwn"]["actions"])
def test_what_others_made_is_not_deleted(action: str) -> None:
    own: Any = {"aws__ResourceTag/ipfs-cluster": TAG}
    others: Any = {"aws__ResourceTag/ipfs-cluster": "shop-prod"}
    assert allowed(action, "*", POLICIES, **own)
    assert not allowed(action, "*", POLICIES)
    assert not allowed(action, "*", POLICIES, **others)


def test_other_managed_policies_are_not_attached() -> None:
    role = "arn:aws:iam::123456789012:role/ipfs-backup-1234567"
    assert not allowed("iam:AttachRolePolicy", role, POLICIES, iam__PolicyARN="arn:aws:iam::aws:policy/AdministratorAccess")


def test_other_names() -> None:
    policies = list(deployer.documents("pins", "archive", "aws-cn").values())
    assert allowed("iam:CreateRole", "arn:aws-cn:iam::123456789012:role/pins-backup-1", policies)
    assert allowed("logs:CreateLogGroup", "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/pins/archive/prod/a/ipfs", policies)
    assert "ipfs-" not in json.dumps(policies).replace("aws:ResourceTag/ipfs-cluster", "")
    assert "arn:aws:" not in json.dumps(policies)
