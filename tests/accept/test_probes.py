"""Each probe passes against stand-ins that are well, and fails for each fault that it is there to find."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from accept.context import Tool
from accept.errors import ProbeFailedError
from accept.probes import PROBES, data, watching
from accept.probes.nodes import unexpected_alarms
from accept.questions import QUESTIONS
from accept.stack import EngineFailedError
from accept.web import WebError
from tests.accept.cloud import error
from tests.accept.faults import FAULTS, task_ends
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
    task_ends(1, "ResourceInitializationError: unable to assume the role")(tried)
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


@pytest.mark.parametrize(
    ("fired", "minutes", "unexpected"),
    [
        ([], 3, []),
        (["ipfs-monitoring-node-down-c-0a1b2c3 at 10:00:00"], 3, ["ipfs-monitoring-node-down-c-0a1b2c3 at 10:00:00"]),
        (["ipfs-monitoring-node-down-c-0a1b2c3 at 10:00:00"], 16, []),
        (["ipfs-monitoring-unhealthy-gateway-0a1b2c3 at 10:00:00"], 10, []),
        (["ipfs-monitoring-unhealthy-gateway-0a1b2c3 at 10:00:00"], 8, ["ipfs-monitoring-unhealthy-gateway-0a1b2c3 at 10:00:00"]),
        (["ipfs-monitoring-node-down-b-0a1b2c3 at 10:00:00"], 16, ["ipfs-monitoring-node-down-b-0a1b2c3 at 10:00:00"]),
    ],
)
def test_alarms_that_may_fire_while_a_node_is_away(fired: list[str], minutes: float, unexpected: list[str]) -> None:
    assert unexpected_alarms(fired, "c", minutes) == unexpected
