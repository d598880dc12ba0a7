"""The command that rebuilds a node, with stand-ins for ECS and the cluster's API."""

from typing import Any

import pytest
from ipfs_cluster import check, one_off, rebuild
from ipfs_cluster.one_off import DONE, NodeFailedError
from ipfs_cluster.rebuild import RebuildFailedError

OUTPUTS = {
    "cluster_arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/ipfs",
    "cluster_peer_ids": {"a": "1", "b": "2"},
    "api_url": "http://127.0.0.1:1",
    "gateway_url": "http://127.0.0.1:1",
    "api_username": "u",
    "api_password": "p",
}
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}


class Ecs:
    """What the command asks of ECS. The node's task stops, and the one that empties it ends, at the second look."""

    def __init__(self, exit_code: int = DONE, tasks: int = 1) -> None:
        self.exit_code, self.tasks = exit_code, tasks
        self.asked: list[tuple[str, Any]] = []
        self.looks = iter([["arn:old"], []])
        self.states = iter(["RUNNING", "STOPPED", "STOPPED"])

    def describe_services(self, **asked: Any) -> Any:
        assert asked == {"cluster": OUTPUTS["cluster_arn"], "services": ["ipfs-node-a"]}
        return {"services": [{"taskDefinition": "arn:definition:7", "networkConfiguration": NETWORK}]}

    def update_service(self, **asked: Any) -> None:
        self.asked.append(("desired", asked["desiredCount"]))

    def list_tasks(self, **asked: Any) -> Any:
        assert asked["serviceName"] == "ipfs-node-a"
        return {"taskArns": next(self.looks)}

    def run_task(self, **asked: Any) -> Any:
        self.asked.append(("run", asked))
        return {"tasks": [{"taskArn": "arn:task"}] * self.tasks, "failures": [{"reason": "RESOURCE:ENI"}]}

    def describe_tasks(self, **asked: Any) -> Any:
        assert asked["tasks"] == ["arn:task"]
        containers = [{"name": "ipfs"}, {"name": "configure", "exitCode": self.exit_code}]
        return {"tasks": [{"lastStatus": next(self.states), "containers": containers}]}


def pins(**states: str) -> list[dict[str, Any]]:
    """Two pins, with their states on node a and b by CID: ``x="pinned pinned"``."""
    return [{"cid": cid, "peer_map": {peer: {"status": state} for peer, state in zip("12", both.split(), strict=True)}} for cid, both in states.items()]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """What the cluster's API answers, one after another; the last for ever."""
    found: dict[str, list[Any]] = {"peers": [[{"id": "1"}, {"id": "2"}]], "pins": [pins(x="pinned pinned", y="pinned pinned")]}

    def objects(_: Any, path: str) -> Any:
        answer = found[path].pop(0) if len(found[path]) > 1 else found[path][0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(check.Service, "objects", objects)
    monkeypatch.setattr(one_off, "POLL_SECONDS", 0)
    return found


def test_a_node_is_emptied_and_fetches_everything(answers: dict[str, list[Any]]) -> None:
    answers["pins"] = [
        pins(x="pinned pinned", y="remote pinned"),
        check.CheckFailedError("the REST API answers 503"),
        pins(x="cluster_error pinned", y="remote pinned"),
        pins(x="pinning pinned", y="remote pinned"),
        pins(x="pinned pinned", y="remote pinned"),
    ]
    ecs, said = Ecs(), list[str]()
    rebuild.rebuild(OUTPUTS, "a", ecs, said.append)
    assert said == [
        "all other nodes are well, and hold all 2 pins",
        "stopping ipfs-node-a",
        "emptying the node: arn:task",
        "starting ipfs-node-a",
        "waiting: the REST API answers 503",
        "the node holds 0 of 1 pins",
        "the node holds all 1 pins",
    ]
    (first, ran, last) = ecs.asked
    assert (first, last) == (("desired", 0), ("desired", 1))
    run = ran[1]
    assert (run["taskDefinition"], run["networkConfiguration"], run["launchType"]) == ("arn:definition:7", NETWORK, "FARGATE")
    ((override),) = run["overrides"]["containerOverrides"]
    assert override["name"] == "configure"
    assert override["command"] == ["cd /data && rm -rf ipfs/* ipfs/.[!.]* ipfs-cluster/* ipfs-cluster/.[!.]* && exit 3; exit 1"]


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"peers": [[{"id": "1"}]]}, "b cannot be reached"),
        ({"peers": [[{"id": "1"}, {"id": "2", "ipfs": {"error": "refused"}}]]}, "b cannot be reached or lacks its kubo"),
        ({"pins": [pins(x="pinned pinned", y="pinned pin_error")]}, "no other node holds 1 of 2 pins, such as y"),
    ],
)
def test_nothing_is_touched_while_others_lack_something(answers: dict[str, list[Any]], changed: dict[str, list[Any]], text: str) -> None:
    answers.update(changed)
    ecs = Ecs()
    with pytest.raises(RebuildFailedError, match=text):
        rebuild.rebuild(OUTPUTS, "a", ecs, lambda line: None)
    assert ecs.asked == []


def test_by_force(answers: dict[str, list[Any]]) -> None:
    answers["peers"] = [[]]
    ecs = Ecs()
    rebuild.rebuild(OUTPUTS, "a", ecs, lambda line: None, force=True)
    assert [name for name, _ in ecs.asked] == ["desired", "run", "desired"]


@pytest.mark.parametrize(("ecs", "text"), [(Ecs(exit_code=1), "not emptied: exit code 1"), (Ecs(tasks=0), "ECS starts no task .*RESOURCE:ENI")])
def test_the_node_is_started_again_in_any_case(answers: dict[str, list[Any]], ecs: Ecs, text: str) -> None:
    with pytest.raises(NodeFailedError, match=text):
        rebuild.rebuild(OUTPUTS, "a", ecs, lambda line: None)
    assert ecs.asked[-1] == ("desired", 1)


def test_a_node_that_is_not_there() -> None:
    with pytest.raises(RebuildFailedError, match="there is no node c; the nodes are a, b"):
        rebuild.rebuild(OUTPUTS, "c", None)


def test_a_node_that_fetches_nothing(answers: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    answers["pins"] = [pins(x="pinned pinned"), pins(x="pinning pinned")]
    monkeypatch.setattr(rebuild, "_START_SECONDS", 0)
    with pytest.raises(RebuildFailedError, match="fetches nothing any more"):
        rebuild.rebuild(OUTPUTS, "a", Ecs(), lambda line: None)
