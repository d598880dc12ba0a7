"""Each probe passes against stand-ins that are well, and fails for each fault that it is there to find."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from accept.context import Tool
from accept.errors import ProbeFailedError
from accept.probes import PROBES, data, watching
from accept.questions import QUESTIONS
from accept.stack import Change, EngineFailedError
from accept.web import WebError
from tests.accept.cloud import error
from tests.accept.stand_ins import Trial, trial

BY_NAME = {probe.name: probe for probe in PROBES}

# What must be over before a probe.
_BEFORE = {"archives-whole": ["archives-cut"], "after-destroy": ["destroy"], "leftovers": ["destroy"], "expiry": ["expiry-begin"]}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_MIB", 1024)
    monkeypatch.setattr(data, "_UPLOAD_MIB", 1)


@pytest.fixture
def tried(tmp_path: Path) -> Iterator[Trial]:
    with trial(tmp_path) as made:
        yield made


def _prepared(tried: Trial, name: str) -> None:
    tried.ctx.state.notes["expiry"] = True
    if name != "deploy":
        tried.deployed()
    for before in _BEFORE.get(name, []):
        BY_NAME[before].run(tried.ctx)
    if name == "expiry":
        tried.clock.sleep(40 * 3600)


def test_every_question_has_one_probe() -> None:
    owners = [question for probe in PROBES for question in probe.questions]
    assert sorted(owners) == sorted(QUESTIONS)
    assert len({probe.name for probe in PROBES}) == len(PROBES)
    assert all(need in BY_NAME for probe in PROBES for need in probe.needs)


@pytest.mark.parametrize("name", BY_NAME)
def test_passes(tried: Trial, name: str) -> None:
    _prepared(tried, name)
    result = BY_NAME[name].run(tried.ctx)
    assert result.evidence
    assert sorted(result.answers) == sorted(BY_NAME[name].questions)
    assert all(result.answers.values())
    kinds = {one.kind for one in tried.ctx.state.loose}
    assert kinds == {"deploy": {"log group"}, "expiry-begin": {"vault to expire"}}.get(name, set())


def _broken(**answers: Any) -> Callable[[Trial], None]:
    def apply(tried: Trial) -> None:
        for operation, broken in answers.items():
            service, _, name = operation.partition("__")
            tried.cloud.broken[f"{service.replace('_', '-')}.{name}"] = broken

    return apply


def _faulty(*faults: str) -> Callable[[Trial], None]:
    return lambda tried: tried.daemons.faults.update(faults)


def _stack(*faults: str) -> Callable[[Trial], None]:
    return lambda tried: tried.stack.faults.update(faults)


def _rings(name: str = "nodes-down-gateway", after: float = 30) -> Callable[[Trial], None]:
    return lambda tried: tried.cloud.rang.append((name, tried.clock.now() + after))


def _task(code: int, reason: str, *lines: str) -> Callable[[Trial], None]:
    return lambda tried: setattr(tried.cloud, "task_script", lambda what: (code, reason, list(lines)))


def _changes(attribute: str) -> Callable[[Trial], None]:
    change = Change("replace", "aws:ecs/taskDefinition:TaskDefinition", "ipfs-a-task", ("containerDefinitions",))
    return lambda tried: setattr(tried.stack, attribute, [change])


def _world(key: str, value: Any) -> Callable[[Trial], None]:
    def apply(tried: Trial) -> None:
        with tried.world.change() as content:
            content[key] = value

    return apply


def _during_the_update(*faults: str) -> Callable[[Trial], None]:
    """Faults that are there only while nodes are replaced."""

    def apply(tried: Trial) -> None:
        def beside() -> None:
            tried.daemons.faults.update(faults)
            tried.daemons.wait_for_requests(6)
            tried.daemons.faults.clear()

        tried.stack.beside = beside

    return apply


def _then(answer: dict[str, Any], after: int = 0) -> Callable[[Any, Callable[[], Any]], Any]:
    """An operation's own answer some times, then another."""
    asked = 0

    def given(parameters: Any, own: Callable[[], Any]) -> Any:
        nonlocal asked
        asked += 1
        return own() if asked <= after else answer

    return given


def _never_another_task(tried: Trial) -> None:
    tried.cloud.broken["ecs.stop_task"] = lambda p, own: {}


def _keeps_without_a_word(tried: Trial) -> None:
    _world("kept", ["backup"])(tried)
    tried.stack.retained = {"vault": "arn:aws:backup:eu-west-1:1:other"}


FAULTS: list[tuple[str, str, Callable[[Trial], None], str]] = [
    ("deploy", "the engine fails", _stack("up-fails"), "AccessDenied"),
    ("deploy", "no task runs", _stack("half-started"), "no task runs of eu-west-1a"),
    ("deploy", "an alarm rings", _rings(after=60), "alarms rang during the first deployment: nodes-down-gateway"),
    ("second-up", "the second up changes something", _changes("changes"), "replace aws:ecs/taskDefinition:TaskDefinition ipfs-a-task (containerDefinitions)"),
    ("second-up", "an up after a refresh would", _changes("would"), "`up` after the refresh would: replace"),
    ("check", "the check fails", lambda t: setattr(t.ctx, "check", lambda outputs, say: _fail("the gateway does not answer")), "the gateway does not answer"),
    ("idle", "no metrics", _broken(cloudwatch__get_metric_statistics=lambda p, own: {"Datapoints": []}), "neither MeteredIOBytes"),
    ("clients", "adds fail", _faulty("no-adds"), "curl: answered with 500"),
    ("clients", "adds are not pinned", _faulty("never-pinned"), "eu-west-1a pinning"),
    ("clients", "adds are lost", _faulty("loses-adds"), "eu-west-1a unpinned"),
    ("clients", "another content is read", _faulty("wrong-content"), "14 bytes in place of 65536"),
    ("clients", "tokens are not taken", _faulty("no-tokens"), "a token: answered with 401"),
    ("archives-cut", "what is nowhere is served", _faulty("open-gateway"), "is answered whole"),
    ("archives-whole", "the cache keeps what was cut", _faulty("cache-keeps-cut"), "car and tar stay cut off"),
    ("trailers", "a failed add looks done", _faulty("hides-failures"), "looks done even with stream-channels=false"),
    ("early-answer", "any password is taken", _faulty("any-password"), "a wrong password is answered with"),
    ("silent-upload", "a short silence ends it", _faulty("lose-connection"), "silent for 15 s fails"),
    ("efs-name", "the name does not resolve", _task(1, "Essential container in task exited"), "did not resolve"),
    ("source-arn", "the task fails for another reason", _task(1, "OutOfMemory"), "for another reason: OutOfMemory"),
    (
        "breaker",
        "a good service does not get steady",
        lambda t: t.cloud.broken.update({"ecs.list_service_deployments": error("AccessDeniedException"), "ecs.describe_services": _no_rollout(t)}),
        "the deployment of service accept-breaker",
    ),
    (
        "balancer-subnets",
        "the load balancer keeps the fewer",
        lambda t: t.cloud.broken.update({"elbv2.set_subnets": _only_fewer(t)}),
        "did not get all its subnets back",
    ),
    ("roll", "nothing is replaced", _stack("ignores-settings"), "still run the revision of before"),
    ("roll", "reads fail meanwhile", _during_the_update("gateway-down"), "failed"),
    ("roll", "adds are lost meanwhile", _during_the_update("loses-adds"), "answered adds were lost"),
    ("roll", "an alarm rings", _rings(after=100), "alarms rang during an ordinary roll"),
    ("killed-task", "it does not come back", _never_another_task, "the task of node eu-west-1c is healthy"),
    ("killed-task", "another alarm rings", lambda t: t.cloud.broken.update({"ecs.stop_task": _rings_at_once(t)}), "alarms rang although one node was away"),
    ("failed-update", "the second up is green", _stack("green-the-second-time"), "`up` with an image that does not exist is green"),
    ("failed-update", "no word of the node", _stack("no-words"), "does not say which node failed (eu-west-1a)"),
    ("failed-update", "the nodes after it are touched", lambda t: _touch_the_next(t), "touched eu-west-1b"),
    ("failed-update", "the revision that runs is retired", _stack("retires-what-runs"), "which is INACTIVE"),
    ("scale", "identities change", _stack("new-identities"), "another peer ID for"),
    ("scale", "the new node does not catch up", lambda t: _when_four(t, "never-pinned"), "pinned on every node"),
    ("scale", "an alarm rings", _rings(after=300), "alarms rang while the number of nodes changed"),
    (
        "restore",
        "the backup fails",
        _broken(backup__describe_backup_job=lambda p, own: {"State": "FAILED", "StatusMessage": "no role"}),
        "ends as FAILED: no role",
    ),
    (
        "restore",
        "the restore fails",
        _broken(backup__describe_restore_job=lambda p, own: {"Status": "FAILED", "StatusMessage": "bad metadata"}),
        "bad metadata",
    ),
    (
        "restore",
        "it is restored as a regional one",
        lambda t: t.cloud.broken.update({"backup.start_restore_job": _regional(t)}),
        "AvailabilityZoneName None in place of",
    ),
    ("pinset", "the task fails", _task(1, "CannotPullContainerError"), "pins: 1"),
    ("pinset", "a pin is missing", lambda t: setattr(t.cloud, "exported", lambda: ["bafyother"]), "not the one that was made just before"),
    ("memory", "a collector was killed", lambda t: t.cloud.broken.update({"ecs.describe_tasks": _killed_collector}), "exit code 137 OutOfMemoryError"),
    ("memory", "no records come", lambda t: setattr(t.cloud, "records", []), "sent no records"),
    (
        "monitoring",
        "an alarm is missing",
        _broken(cloudwatch__describe_alarms=lambda p, own: {"MetricAlarms": []}),
        "does not have nodes-down-gateway, pin-errors",
    ),
    ("monitoring", "an alarm rings", lambda t: t.cloud.alarm_states.update({"pin-errors": "ALARM"}), "in ALARM now: pin-errors"),
    ("monitoring", "no dashboard", _broken(cloudwatch__get_dashboard=error("ResourceNotFound")), "ResourceNotFound"),
    ("destroy", "it fails twice", lambda t: setattr(t.stack, "destroys_that_fail", 2), "ResourceInUse"),
    ("destroy", "the state still holds something", _stack("state-holds-on"), "the state still holds"),
    (
        "after-destroy",
        "the service group stays",
        _broken(ec2__describe_security_groups=lambda p, own: {"SecurityGroups": [{"GroupId": "sg-cf", "GroupName": "CloudFront-VPCOrigins"}]}),
        "security group stays",
    ),
    ("leftovers", "something is forgotten", _world("forgotten", ["load-balancer"]), "left behind, and not announced: arn:aws:lb"),
    ("leftovers", "a role is forgotten", _world("forgotten", ["ipfs-backup"]), "role/ipfs-backup"),
    ("leftovers", "a log group is made anew", lambda t: t.cloud.log_groups.add("/ipfs/ipfs-cluster/accept-1124-beef/eu-west-1a/ipfs"), "eu-west-1a/ipfs"),
    (
        "leftovers",
        "what stays is not named",
        _keeps_without_a_word,
        "not named by the output `retained`: backup",
    ),
    ("expiry", "the vault cannot be deleted", _broken(backup__delete_backup_vault=error("AccessDeniedException")), "could not be deleted"),
]


def _fail(text: str) -> None:
    raise ProbeFailedError(text)


def _no_rollout(tried: Trial) -> Any:
    def given(parameters: Any, own: Callable[[], Any]) -> Any:
        answer = own()
        for service in answer["services"]:
            for deployment in service["deployments"]:
                deployment["rolloutState"] = "IN_PROGRESS"
        return answer

    return given


def _only_fewer(tried: Trial) -> Any:
    def given(parameters: Any, own: Callable[[], Any]) -> Any:
        return own() if len(parameters["Subnets"]) < 3 else {}

    return given


def _touch_the_next(tried: Trial) -> None:
    def up() -> Any:
        try:
            return type(tried.stack).up(tried.stack)
        except EngineFailedError:
            with tried.world.change() as content:
                node = content["services"]["ipfs-node-eu-west-1b"]
                node["taskDefinition"] = max(content["revisions"])  # another one than it ran
            raise

    tried.stack.up = up  # type: ignore[method-assign]


def _when_four(tried: Trial, fault: str) -> None:
    def beside() -> None:
        if len(tried.stack.nodes) == 4:
            tried.daemons.faults.add(fault)

    tried.stack.beside = beside
    tried.stack.groups = {}
    real = tried.stack.up

    def up() -> Any:
        done = real()
        beside()
        return done

    tried.stack.up = up  # type: ignore[method-assign]


def _regional(tried: Trial) -> Any:
    def given(parameters: Any, own: Callable[[], Any]) -> Any:
        parameters["Metadata"].pop("singleAzFilesystem")
        return own()

    return given


def _rings_at_once(tried: Trial) -> Any:
    def given(parameters: Any, own: Callable[[], Any]) -> Any:
        tried.cloud.rang.append(("pin-errors", tried.clock.now()))
        return own()

    return given


def _killed_collector(parameters: Any, own: Callable[[], Any]) -> Any:
    container = {"name": "metrics", "lastStatus": "STOPPED", "exitCode": 137, "reason": "OutOfMemoryError"}
    return {"tasks": [{"taskArn": "t", "lastStatus": "RUNNING", "containers": [container]}]}


@pytest.mark.parametrize(("name", "fault", "inject", "told"), FAULTS, ids=[f"{name}: {fault}" for name, fault, *_ in FAULTS])
def test_fails(tried: Trial, name: str, fault: str, inject: Callable[[Trial], None], told: str) -> None:
    if name in ("after-destroy", "archives-whole", "expiry", "deploy", "leftovers"):
        inject(tried)
        _prepared(tried, name)
    else:
        _prepared(tried, name)
        inject(tried)
    with pytest.raises((ProbeFailedError, EngineFailedError, WebError, ClientError)) as raised:
        BY_NAME[name].run(tried.ctx)
    assert told in str(raised.value)


def test_every_probe_that_can_fail_is_seen_to_fail() -> None:
    # These look and tell; what they cannot do is told as such.
    looking = {"origin-alias", "trail", "expiry-begin"}
    assert {name for name, *_ in FAULTS} == set(BY_NAME) - looking


def test_answers_say_what_was_seen(tried: Trial) -> None:
    tried.deployed()
    tried.cloud.container_restart_policy = {"enabled": True, "restartAttemptPeriod": 300}
    assert "ipfs.restartPolicy.restartAttemptPeriod" in BY_NAME["second-up"].run(tried.ctx).answers["restart-policy"]
    tried.daemons.faults.add("drops-trailers")
    assert BY_NAME["trailers"].run(tried.ctx).answers["trailers"].startswith("HTTP/1.1: dropped; HTTP/2")
    tried.daemons.faults.clear()
    assert BY_NAME["trailers"].run(tried.ctx).answers["trailers"].startswith("HTTP/1.1: passed on")
    assert BY_NAME["efs-name"].run(tried.ctx).answers["efs-name"].endswith(" s after the mount target was available")
    _task(1, "ResourceInitializationError: unable to assume the role")(tried)
    assert BY_NAME["source-arn"].run(tried.ctx).answers["source-arn"].startswith("no, or not both")
    told = BY_NAME["breaker"].run(tried.ctx).answers
    assert told == {
        "first-breaker": "FAILED: deployment failed; service deployment ROLLBACK_FAILED",
        "inactive-rollback": "yes: 1 task runs, deployment completed",
    }
    tried.cloud.broken["cloudfront.create_distribution_with_tags"] = error("InvalidArgument")
    assert BY_NAME["origin-alias"].run(tried.ctx).answers["origin-alias"] == "no: CloudFront refuses it, InvalidArgument"
    tried.cloud.trail = [
        {
            "eventName": "PutBackupPolicy",
            "errorCode": "IncorrectFileSystemLifeCycleState",
            "requestParameters": {"fileSystemId": "eu-west-1a-file-system"},
            "eventTime": "1",
        }
    ]
    assert "1 IncorrectFileSystemLifeCycleState" in BY_NAME["trail"].run(tried.ctx).answers["backup-policy"]


def test_the_command_lines_that_are_installed_are_tried(tried: Trial) -> None:
    tried.deployed()
    ran: list[list[str]] = []

    def run(command: Any, environment: Any) -> Tool:
        ran.append(list(command))
        if command[0] == "ipfs-cluster-ctl":
            assert environment == {"CLUSTER_CREDENTIALS": tried.daemons.password}
            content = Path(command[-1]).read_bytes()
            cid = tried.ctx.add(content)
            return Tool(0, f'{{"cid": "{cid}"}}\n')
        if "--background" in command:
            tried.daemons.pins[command[-1]] = content_of[command[-1]]
        return Tool(0, "")

    content_of: dict[str, bytes] = {}
    own = tried.ctx.unpin

    def unpin(cids: Any) -> None:
        content_of.update({cid: tried.daemons.pins[cid] or b"" for cid in cids})
        own(cids)

    tried.ctx.run_tool, tried.ctx.find_tool = run, lambda name: f"/usr/bin/{name}"
    tried.ctx.unpin = unpin  # type: ignore[method-assign]
    result = BY_NAME["clients"].run(tried.ctx)
    assert [line.partition(":")[0] for line in result.evidence if "pinned on 3 nodes" in line] == ["curl", "a token", "ipfs-cluster-ctl", "ipfs pin remote"]
    assert ["--wait" in command for command in ran if command[0] == "ipfs-cluster-ctl"] == [True]
    assert not any("correct-horse-battery" in word for command in ran for word in command)
    tried.ctx.run_tool = lambda command, environment: Tool(1, "panic: no")
    with pytest.raises(ProbeFailedError, match="ipfs-cluster-ctl: ended with 1: panic: no"):
        BY_NAME["clients"].run(tried.ctx)


def test_an_interrupted_probe_leaves_what_it_made_noted_or_takes_it_back(tried: Trial) -> None:
    """Ctrl-C in the middle of the experiments with resources of their own, and AWS that refuses to delete one."""
    tried.deployed()
    tried.cloud.broken["efs.create_mount_target"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        BY_NAME["efs-name"].run(tried.ctx)
    assert not tried.ctx.state.loose
    assert not tried.cloud.file_systems
    assert not tried.cloud.revisions
    tried.cloud.broken["efs.delete_file_system"] = error("FileSystemInUse")
    with pytest.raises(KeyboardInterrupt):
        BY_NAME["efs-name"].run(tried.ctx)
    (left,) = tried.ctx.state.loose
    assert (left.kind, left.region) == ("file system", "eu-west-1")
    assert "--creation-token accept-accept-1124-beef" in left.command
    tried.cloud.broken.clear()
    BY_NAME["destroy"].run(tried.ctx)
    assert not tried.ctx.state.loose
    assert not tried.cloud.file_systems


def test_what_stays_is_announced(tried: Trial) -> None:
    with tried.world.change() as content:
        content["kept"] = ["backup"]
    tried.stack.retained = {"vault": "arn:aws:backup:eu-west-1:123456789012:thing/backup"}
    tried.deployed()
    BY_NAME["destroy"].run(tried.ctx)
    result = BY_NAME["leftovers"].run(tried.ctx)
    assert "announced to stay: aws:backup/vault:Vault backup" in "; ".join(result.evidence)
    assert {at for name, at in tried.cloud.places if name == "resourcegroupstaggingapi.get_resources"} == {"eu-west-1", "us-east-1"}


def test_what_stays_of_a_removed_node_is_known(tried: Trial) -> None:
    """It was kept when its node went, so the last state does not have it."""
    tried.deployed()
    tried.stack._note("aws:efs/fileSystem:FileSystem", "fourth")
    with tried.world.change() as content:
        content["kept"] = ["fourth"]
    tried.ctx.note_resources()
    tried.ctx.note_resources([one for one in tried.stack.resources() if one.name != "fourth"])
    tried.stack.resources = list  # type: ignore[method-assign]
    BY_NAME["destroy"].run(tried.ctx)
    told = "; ".join(BY_NAME["leftovers"].run(tried.ctx).evidence)
    assert "announced to stay: aws:efs/fileSystem:FileSystem fourth; found of it: arn:aws:efs:eu-west-1:123456789012:thing/fourth" in told


def test_the_log_group_of_container_insights_goes_with_the_cluster(tried: Trial) -> None:
    BY_NAME["deploy"].run(tried.ctx)
    tried.cloud.log_groups.add("/aws/ecs/containerinsights/c/performance")
    BY_NAME["destroy"].run(tried.ctx)
    assert tried.cloud.log_groups
    BY_NAME["leftovers"].run(tried.ctx)
    assert not tried.cloud.log_groups
    assert not tried.ctx.state.loose
