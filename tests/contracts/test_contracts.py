"""What holds for all resources of every deployment."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.account import plain
from sandbox.simulation import Registration
from tests.helpers.alarms import assert_alarms_are_on_what_is_emitted
from tests.helpers.scenarios import SCENARIOS
from tests.helpers.support import ROOT, Deployed, deployed, inputs_of
from tools import create_only, resources

# Types that AWS gives no tags.
UNTAGGABLE = {
    "aws:backup/selection:Selection",
    "aws:efs/backupPolicy:BackupPolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:acm/certificateValidation:CertificateValidation",
    "aws:cloudfront/cachePolicy:CachePolicy",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:cloudfront/originAccessControl:OriginAccessControl",
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
    "aws:cognito/userPoolClient:UserPoolClient",
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
    "aws:efs/fileSystemPolicy:FileSystemPolicy",
    "aws:efs/mountTarget:MountTarget",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:route53/record:Record",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketObjectv2:BucketObjectv2",  # it takes ten, and users may have more
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:scheduler/schedule:Schedule",
}
# What is open to the world, and why.
OPEN = {
    "ipfs-network-internet": "the route to the internet gateway",
    "ipfs-network-nodes-swarm-tcp": "the public IPFS swarm",
    "ipfs-network-nodes-swarm-udp": "the public IPFS swarm",
    **{f"ipfs-to-followed-{port}": "out only: the cluster that is followed may be anywhere" for port in (4001, 9096)},
    "ipfs-network-nodes-to-anywhere": "out only: peers are anywhere",
    "ipfs-pinset-to-https": "out only: images, secrets, logs, S3",
    "ipfs-network-nodes-to-https": "out only: images, secrets, logs",
}
# Actions that know no resources, so `*` is their only one.
NO_RESOURCE = {"ecr:GetAuthorizationToken", *(f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data"))}

# Where a name cannot be given: what the load balancer, Lambda@Edge and ECS (revisions) make up themselves.
MADE_UP = (
    r"arn:aws:ecs:eu-west-1:123456789012:task-definition/ipfs-cluster-test-ipfs-pinset-export:\*",
    r"arn:aws:ecs:eu-west-1:123456789012:task/ipfs-cluster-\w+/\*",
    r"arn:aws:s3:::ipfs-eu-west-1a-blocks-\w+/\*",
    r"arn:aws:s3:::ipfs-edge-console-\w+/console/\*",
    r"arn:aws:s3:::ipfs-access-logs-\w+/AWSLogs/123456789012/\*",
    r"arn:aws:logs:\*:123456789012:log-group:/aws/lambda/us-east-1\.ipfs-readers-verify-token-\w+(:log-stream:\*)?",
)


@pytest.fixture(scope="module", params=list(SCENARIOS.values()), ids=list(SCENARIOS))
def stack(request: pytest.FixtureRequest) -> Iterator[Deployed]:
    with deployed(request.param) as found:
        yield found


def aws(stack: Deployed) -> list[Registration]:
    return [r for r in stack.deployment.registrations if r.type.startswith("aws:")]


def test_everything_is_tagged(stack: Deployed) -> None:
    for resource in aws(stack):
        if resource.type not in UNTAGGABLE:
            tags = inputs_of(resource).get("tags", {})
            assert tags.get("team") == "storage", resource.name
            assert tags.get("ipfs-cluster") == "ipfs-cluster-test-ipfs", resource.name
            assert tags.get("Name"), resource.name


def test_nothing_but_what_is_listed_is_open_to_the_world(stack: Deployed) -> None:
    world = [r for r in stack.registered("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") if inputs_of(r).get("cidrIpv4") == "0.0.0.0/0"]
    assert {inputs_of(r)["fromPort"] for r in world} <= {4001}
    for resource in aws(stack):
        if {"0.0.0.0/0", "::/0"} & set(create_only.texts_in(inputs_of(resource))):
            assert resource.name in OPEN, resource.name


def test_policies_name_what_they_allow(stack: Deployed) -> None:
    for resource in aws(stack):
        for key in ("policy", "assumeRolePolicy"):
            if key not in inputs_of(resource):
                continue
            for statement in json.loads(inputs_of(resource)[key])["Statement"]:
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                if statement["Effect"] == "Deny":
                    continue
                assert not any("*" in action for action in actions), resource.name
                assert statement.get("Principal") not in ("*", {"AWS": "*"}), resource.name
                resources = statement.get("Resource", [])
                for allowed in resources if isinstance(resources, list) else [resources]:
                    if allowed == "*":
                        assert set(actions) <= NO_RESOURCE, resource.name
                    elif not any(re.fullmatch(pattern, allowed) for pattern in MADE_UP):
                        assert "*" not in allowed.removesuffix(":log-stream:*"), resource.name


# What a destroy can leave, and how its ARN looks; and what only goes with one of these.
KEPT = {
    "aws:route53/record:Record": ":hostedzone/",
    "aws:backup/vault:Vault": ":backup-vault:",
    "aws:cognito/userPool:UserPool": ":userpool/",
    "aws:ecs/taskDefinition:TaskDefinition": ":task-definition/",
    "aws:efs/fileSystem:FileSystem": ":file-system/",
    "aws:iam/role:Role": ":role/",
    "aws:lambda/function:Function": ":function:",
    "aws:s3/bucket:Bucket": ":s3:::",
    "aws:ssm/parameter:Parameter": ":parameter/",
}
GO_WITH_IT = {
    "aws:cognito/userPoolClient:UserPoolClient": ("userPoolId", "aws:cognito/userPool:UserPool"),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": ("fileSystemId", "aws:efs/fileSystem:FileSystem"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("role", "aws:iam/role:Role"),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ("bucket", "aws:s3/bucket:Bucket"),
    "aws:s3/bucketPolicy:BucketPolicy": ("bucket", "aws:s3/bucket:Bucket"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ("bucket", "aws:s3/bucket:Bucket"),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ("bucket", "aws:s3/bucket:Bucket"),
    "aws:s3/bucketVersioning:BucketVersioning": ("bucket", "aws:s3/bucket:Bucket"),
}


def _stays(resource: Registration) -> bool:
    if resource.type == "aws:s3/bucketObjectv2:BucketObjectv2":
        return False  # a bucket that does not stay takes them with it, and none that stays has any
    # ECS keeps the revisions of every family.
    return resource.request.retainOnDelete or bool(inputs_of(resource).get("skipDestroy")) or resource.type == "aws:ecs/taskDefinition:TaskDefinition"


def test_what_a_destroy_leaves_is_named(stack: Deployed) -> None:
    kept = [r for r in aws(stack) if _stays(r)]
    unknown = sorted({r.type for r in kept} - KEPT.keys() - GO_WITH_IT.keys())
    assert unknown == [], "give it to the output retained (IpfsCluster._kept) and to README.md, Removing it"
    named = [arn for what, arn in stack.output("retained").items() if not what.startswith("taken over: ")]
    assert len(set(named)) == len(named)
    for type_, part in KEPT.items():
        assert len([arn for arn in named if part in arn]) == len([r for r in kept if r.type == type_]), type_
    text = (ROOT / "README.md").read_text().partition("## Removing it")[2].partition("\n## ")[0]
    for what in stack.output("retained"):
        kind = re.sub(r"(private key of|task definitions of|file system of|blocks of|validation record of|taken over:).*", r"\1", what)
        assert f"`{kind}" in text, f"README.md does not say that {what} stays"


def test_what_stays_keeps_its_protection(stack: Deployed) -> None:
    """The provider's deletes would end a file system's policy, and of a bucket the policy, the block of public access, lifecycle and versions."""
    for resource in aws(stack):
        if resource.type in GO_WITH_IT:
            key, type_ = GO_WITH_IT[resource.type]
            (owner,) = [r for r in aws(stack) if r.type == type_ and r.urn in set(resource.request.propertyDependencies[key].urns)]
            assert resource.request.retainOnDelete == owner.request.retainOnDelete, resource.name


def test_what_stays_does_not_stand_in_the_way_of_the_next_deployment(stack: Deployed) -> None:
    """What is named by Pulumi has another name then; a name of ours must be one that may be there."""
    for resource in aws(stack):
        if resource.request.retainOnDelete and resource.type in KEPT and "name" in inputs_of(resource):
            assert resource.type in ("aws:ssm/parameter:Parameter", "aws:route53/record:Record"), resource.name
            assert inputs_of(resource)["allowOverwrite" if resource.type.endswith(":Record") else "overwrite"] is True, resource.name


def test_names_begin_with_the_components(stack: Deployed) -> None:
    for resource in stack.deployment.registrations:
        assert resource.name == "ipfs" or resource.name.startswith("ipfs-"), resource.name


def test_no_secret_stands_in_an_input_that_is_not_marked(stack: Deployed) -> None:
    made = {value["value"] for key, value in stack.account.randomness.made.items() if key.startswith("RandomPassword")}
    assert len(made) > 3
    for resource in stack.deployment.registrations:
        readable = json.dumps(_without_secrets(_fields(resource)))
        assert not [secret for secret in made if secret in readable], resource.name


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {} if "4dabf18193072939515e22adb298388d" in value else {key: _without_secrets(item) for key, item in value.items()}
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value


def test_every_resource_belongs_to_a_box_of_the_diagram(stack: Deployed) -> None:
    types = {r.urn: r.type for r in stack.deployment.registrations}
    for resource in stack.deployment.registrations:
        if resource.name == "ipfs":
            assert resource.parent == ""
        else:
            assert types[resource.parent].startswith("ipfs-cluster:index:"), resource.name


def test_every_alarm_is_on_what_is_emitted(stack: Deployed) -> None:
    assert_alarms_are_on_what_is_emitted(stack)


def test_secrets_are_marked(stack: Deployed) -> None:
    signature = "4dabf18193072939515e22adb298388d"
    for resource in stack.registered("aws:ssm/parameter:Parameter"):
        if resource.name != "ipfs-credentials-stack":  # says whose names these are
            assert signature in json.dumps(_fields(resource)["value"]), resource.name
    for resource in stack.registered("aws:cloudfront/function:Function"):
        # The hash of a password that a user made up could be guessed.
        assert (signature in json.dumps(_fields(resource)["code"])) == (resource.name == "ipfs-readers-basic-auth"), resource.name
    for resource in stack.registered("aws:lb/listenerRule:ListenerRule"):
        assert (signature in json.dumps(_fields(resource)["conditions"])) == ("httpHeader" in json.dumps(plain(_fields(resource)["conditions"])))
    for resource in stack.registered("aws:cloudfront/distribution:Distribution"):
        for origin in plain(_fields(resource)["origins"]):
            assert "customHeaders" not in origin or signature in json.dumps(_fields(resource)["origins"])
    for resource in stack.registered("aws:ecs/taskDefinition:TaskDefinition"):
        # Readable in a preview's diff: they hold references to secrets only.
        assert isinstance(_fields(resource)["containerDefinitions"], str), resource.name


def _fields(resource: Registration) -> dict[str, Any]:
    from google.protobuf import json_format

    return dict(json_format.MessageToDict(resource.request.object))


def test_every_service_keeps_to_one_task_on_its_file_system(stack: Deployed) -> None:
    for resource in stack.registered("aws:ecs/service:Service"):
        inputs = inputs_of(resource)
        assert {key: inputs[key] for key in inputs if key.startswith(("deployment", "desired", "availability", "wait", "force"))} == {
            "availabilityZoneRebalancing": "DISABLED",
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "deploymentMaximumPercent": 100,
            "deploymentMinimumHealthyPercent": 0,
            "desiredCount": 1,
            "forceNewDeployment": True,
            "waitForSteadyState": True,
        }
        assert resource.request.deleteBeforeReplace
        timeouts = resource.request.customTimeouts
        assert (timeouts.create, timeouts.update) == ("60m", "60m"), "a large repository may take long to migrate"


def test_what_a_deployment_may_go_back_to_is_kept(stack: Deployed) -> None:
    definitions = [r for r in stack.registered("aws:ecs/taskDefinition:TaskDefinition") if "-pinset" not in r.name]
    assert definitions
    assert all(inputs_of(resource).get("skipDestroy") is True for resource in definitions)


def test_keys_that_are_kept_wait_for_a_parameter_that_must_be_new(stack: Deployed) -> None:
    """Else a second stack of the same names would write over them before it fails."""
    kept = [r for r in stack.registered("aws:ssm/parameter:Parameter") if inputs_of(r).get("overwrite")]
    (claim,) = (r for r in stack.registered("aws:ssm/parameter:Parameter") if r.name == "ipfs-credentials-stack")
    assert kept
    assert "overwrite" not in inputs_of(claim)
    assert all(claim.urn in resource.request.dependencies for resource in kept)


def test_services_roll_one_after_another_and_start_when_all_is_ready(stack: Deployed) -> None:
    services = stack.registered("aws:ecs/service:Service")
    before: Registration | None = None
    for service in services:
        node = service.name.removesuffix("-service")
        dependencies = {urn.rpartition("::")[2]: urn for urn in service.request.dependencies}
        for needed in ("storage-ipfs", "storage-ipfs-cluster", "task", "execution"):
            assert f"{node}-{needed}" in dependencies, service.name
        zone = re.sub(r"-\d$", "", node.removeprefix("ipfs-"))
        assert {f"{node}-storage-mount-target", f"{node}-storage-policy"} <= set(dependencies) or {f"ipfs-storage-{zone}", "ipfs-storage-policy"} <= set(
            dependencies
        )
        assert "ipfs-capacity" in dependencies
        (capacity,) = stack.registered("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders")
        assert any(urn.endswith("::ipfs-namespace") for urn in capacity.request.dependencies), "the account's role for ECS has time to come into being"
        assert "ipfs-network-nodes-to-anywhere" in dependencies or "ipfs-network-nodes-to-https" in dependencies
        if before is not None:
            assert before.urn in service.request.dependencies
        before = service


def test_no_resource_has_another_name_type_or_parent(stack: Deployed, request: pytest.FixtureRequest) -> None:
    known = json.loads(resources.FILE.read_text()).get(request.node.callspec.id, {})
    assert resources.tree(stack.deployment.registrations) == known, (
        "the engine knows a resource by its name, type and parents, and would delete one that has others and make it anew. For each that was renamed or "
        "moved add an alias (pulumi.Alias) and a note on upgrading to CHANGELOG.md. Then, or where resources are just new or gone, write what there is by "
        "`.venv/bin/python -m tools.resources`"
    )


def test_no_create_only_input_has_another_value(stack: Deployed, request: pytest.FixtureRequest) -> None:
    known = create_only.recorded()
    name = request.node.callspec.id
    found = create_only.create_only(stack.deployment.registrations, stack.account)
    assert create_only.reduced(name, found, known[create_only.FIRST]) == known.get(name), (
        "the engine replaces a resource of which a create-only input changes: a file system without its data, a node's tasks. If that is meant, say in "
        "CHANGELOG.md what it does to a stack that runs. Then, or where resources are just new or gone, write what there is by "
        "`.venv/bin/python -m tools.create_only`"
    )


def test_all_types_with_create_only_inputs_are_used() -> None:
    types = {resource.partition(" ")[0] for found in create_only.recorded().values() for resource in found}
    assert types == create_only.CREATE_ONLY.keys()
