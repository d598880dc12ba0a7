"""What an update of a stack of an earlier version replaces and deletes, on the real engine.

The stacks were recorded by `python -m tools.record_state`. Everything that an update may replace or delete is listed here, beside the words of
CHANGELOG.md that tell users of it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.engine import Stack, Step, needs_engine
from tests.helpers.support import ROOT
from tools import record_state


@dataclass(frozen=True)
class Allowed:
    """A replacement or deletion that CHANGELOG.md tells users of."""

    operation: str
    resource: str
    """Type and name: a regular expression for the whole of it."""
    because: str
    """Words of CHANGELOG.md."""

    def __contains__(self, step: Step) -> bool:
        return step.operation == self.operation and re.fullmatch(self.resource, f"{step.type} {step.name}") is not None


ALLOWED: Mapping[str, Sequence[Allowed]] = {
    "0.1.0": [
        Allowed("replace", r"aws:ecs/taskDefinition:TaskDefinition ipfs-eu-west-1[abc]-task", "The nodes are replaced one after another."),
        Allowed("replace", r"aws:ecs/taskDefinition:TaskDefinition ipfs-pinset-task", "A stack that already has the export gets a new revision"),
        Allowed(
            "delete",
            r"aws:cloudwatch/metricAlarm:MetricAlarm ipfs-monitoring-nodes-down-(gateway|api)",
            "replace `nodes-down-gateway` and `nodes-down-api`",
        ),
        Allowed("delete", r"aws:cloudfront/keyValueStore:KeyValueStore ipfs-readers-store", "the key value store is deleted"),
        Allowed("delete", r"aws:cloudfront/keyvaluestoreKeysExclusive:KeyvaluestoreKeysExclusive ipfs-readers-store", "the key value store is deleted"),
        Allowed("delete", r"aws:route53/record:Record ipfs-domain-proof-any-ipfs-.*", "A wildcard shares its record with its parent name"),
        Allowed("replace", r"aws:acm/certificateValidation:CertificateValidation ipfs-domain-.*", "The resource that waits for the certificate is replaced"),
    ],
}
"""By the version from which a stack is updated."""

# A step that takes nothing away.
HARMLESS = {"same", "create", "update"}

RECORDED = record_state.recorded()


def imported(file: Path, folder: Path) -> Stack:
    """A stack with the recorded state and configuration, in an account that holds what the state lists."""
    configuration, state = record_state.read(file)
    stack = Stack(folder, **configuration)
    stack.world.adopt(state)
    (folder / "state.json").write_text(json.dumps(state))
    done = stack.run("stack", "import", "--file", str(folder / "state.json"))
    assert done.returncode == 0, done.stdout
    return stack


@pytest.fixture(params=RECORDED, ids=lambda file: f"{file.parent.name}-{file.stem}")
def recorded(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@needs_engine
def test_an_update_replaces_and_deletes_only_what_the_changelog_names(recorded: Path, tmp_path: Path) -> None:
    steps = imported(recorded, tmp_path / "stack").preview()
    allowed = ALLOWED[recorded.parent.name]
    assert sum(step.operation == "same" for step in steps) > 100, "the state was not imported"
    unexpected = [step for step in steps if step.operation not in HARMLESS and not any(step in one for one in allowed)]
    assert not unexpected, "\n".join(["an update would", *(f"{step.operation} {step.type} {step.name}" for step in unexpected)])


@needs_engine
@pytest.mark.parametrize("file", [file for file in RECORDED if file.stem == "default"], ids=lambda file: file.parent.name)
def test_an_update_goes_through_and_the_next_changes_nothing(file: Path, tmp_path: Path) -> None:
    stack = imported(file, tmp_path / "stack")
    before = stack.world.services()
    updated = stack.up()
    assert updated.returncode == 0, updated.stdout
    after = stack.world.services()
    assert before.keys() == after.keys()
    assert all(service["runningCount"] == 1 for service in after.values())
    again = stack.up("--expect-no-changes")
    assert again.returncode == 0, again.stdout


def test_the_changelog_says_what_is_allowed() -> None:
    changelog = " ".join((ROOT / "CHANGELOG.md").read_text().split())
    assert [one.because for allowed in ALLOWED.values() for one in allowed if one.because not in changelog] == []


def test_what_is_allowed_is_in_a_recorded_state() -> None:
    for version, allowed in ALLOWED.items():
        states = [record_state.read(file)[1] for file in RECORDED if file.parent.name == version]
        resources = [(resource["type"], resource["urn"].rpartition("::")[2]) for state in states for resource in state["deployment"]["resources"]]
        for one in allowed:
            assert any(Step(one.operation, *resource) in one for resource in resources), one


def test_every_recorded_version_has_a_list() -> None:
    assert {file.parent.name for file in RECORDED} == ALLOWED.keys()
