"""Faults that the probes must find: for each the probe, what is wrong, how it is injected, and what the probe says of it."""

from collections.abc import Callable
from typing import Any

from accept.errors import ProbeFailedError
from accept.stack import Change, EngineFailedError
from tests.accept.cloud import error
from tests.accept.stand_ins import Trial


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


def _rings(name: str = "unhealthy-gateway", after: float = 30) -> Callable[[Trial], None]:
    return lambda tried: tried.cloud.rang.append((name, tried.clock.now() + after))


def task_ends(code: int, reason: str, *lines: str) -> Callable[[Trial], None]:
    """A task of the kit's own ends with this exit code and reason, and has printed these lines."""
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


def _never_another_task(tried: Trial) -> None:
    tried.cloud.broken["ecs.stop_task"] = lambda p, own: {}


def _keeps_without_a_word(tried: Trial) -> None:
    _world("kept", ["backup"])(tried)
    tried.stack.retained = {"vault": "arn:aws:backup:eu-west-1:1:other"}


FAULTS: list[tuple[str, str, Callable[[Trial], None], str]] = [
    ("deploy", "the engine fails", _stack("up-fails"), "AccessDenied"),
    ("deploy", "no task runs", _stack("half-started"), "no task runs of eu-west-1a"),
    ("deploy", "an alarm rings", _rings(after=60), "alarms fired during the first deployment: unhealthy-gateway"),
    ("second-up", "the second up changes something", _changes("changes"), "replace aws:ecs/taskDefinition:TaskDefinition ipfs-a-task (containerDefinitions)"),
    ("second-up", "an up after a refresh would", _changes("would"), "`up` after the refresh would: replace"),
    ("check", "the check fails", lambda t: setattr(t.ctx, "check", lambda outputs, say: _fail("the gateway does not answer")), "the gateway does not answer"),
    ("idle", "no metrics", _broken(cloudwatch__get_metric_statistics=lambda p, own: {"Datapoints": []}), "neither MeteredIOBytes"),
    ("clients", "adds fail", _faulty("no-adds"), "curl: answered with 500"),
    ("clients", "adds are not pinned", _faulty("never-pinned"), "eu-west-1a pinning"),
    ("clients", "adds are lost", _faulty("loses-adds"), "eu-west-1a unpinned"),
    ("clients", "another content is read", _faulty("wrong-content"), "14 bytes in place of 65536"),
    ("clients", "tokens are not taken", _faulty("no-tokens"), "a token: answered with 401"),
    ("archives-cut", "what is nowhere is served", _faulty("open-gateway"), "is answered completely"),
    ("archives-whole", "the cache keeps what was cut", _faulty("cache-keeps-cut"), "car and tar stay truncated"),
    ("trailers", "a failed add looks done", _faulty("hides-failures"), "looks successful even with stream-channels=false"),
    ("early-answer", "any password is taken", _faulty("any-password"), "a wrong password is answered with"),
    ("silent-upload", "a short silence ends it", _faulty("lose-connection"), "silent for 15 s fails"),
    ("efs-name", "the name does not resolve", task_ends(1, "Essential container in task exited"), "did not resolve"),
    ("source-arn", "the task fails for another reason", task_ends(1, "OutOfMemory"), "for another reason: OutOfMemory"),
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
    ("roll", "nothing is replaced", _stack("ignores-settings"), "still run the previous revision"),
    ("roll", "reads fail meanwhile", _during_the_update("gateway-down"), "failed"),
    ("roll", "adds are lost meanwhile", _during_the_update("loses-adds"), "acknowledged adds were lost"),
    ("roll", "an alarm rings", _rings(after=100), "alarms fired during an ordinary update"),
    ("killed-task", "it does not come back", _never_another_task, "the task of node eu-west-1c is healthy"),
    ("killed-task", "another alarm rings", lambda t: t.cloud.broken.update({"ecs.stop_task": _rings_at_once(t)}), "alarms fired although one node was away"),
    ("failed-update", "the second up is green", _stack("green-the-second-time"), "`up` with an image that does not exist succeeded"),
    ("failed-update", "no word of the node", _stack("no-words"), "does not say which node failed (eu-west-1a)"),
    ("failed-update", "the nodes after it are touched", lambda t: _touch_the_next(t), "touched eu-west-1b"),  # noqa: PLW0108 (defined below)
    ("failed-update", "the revision that runs is retired", _stack("retires-what-runs"), "which is INACTIVE"),
    ("scale", "identities change", _stack("new-identities"), "another peer ID for"),
    ("scale", "the new node does not catch up", lambda t: _when_four(t, "never-pinned"), "pinned on every node"),
    ("scale", "an alarm rings", _rings(after=300), "alarms fired while the number of nodes changed"),
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
    ("pinset", "the task fails", task_ends(1, "CannotPullContainerError"), "pins: 1"),
    ("pinset", "a pin is missing", lambda t: setattr(t.cloud, "exported", lambda: ["bafyother"]), "not the one created just before"),
    ("memory", "a collector was killed", lambda t: t.cloud.broken.update({"ecs.describe_tasks": _killed_collector}), "exit code 137 OutOfMemoryError"),
    ("memory", "no records come", lambda t: setattr(t.cloud, "records", []), "sent no records"),
    (
        "monitoring",
        "an alarm is missing",
        _broken(cloudwatch__describe_alarms=lambda p, own: {"MetricAlarms": []}),
        "does not have pin-errors, unhealthy-gateway",
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
"""The probe, what is wrong, what makes it so, and a part of what the probe says."""


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
