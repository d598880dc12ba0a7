"""The stand-in provider's answer to what differs, against what the engine expects of a provider."""

import pytest
from pulumi.runtime.proto import provider_pb2

from tests.helpers.differences import diff, written

GROUP = "aws:ec2/securityGroup:SecurityGroup"
ADD, DELETE, UPDATE = (provider_pb2.PropertyDiff.Kind.Value(name) for name in ("ADD", "DELETE", "UPDATE"))
UPDATE_REPLACE = provider_pb2.PropertyDiff.Kind.Value("UPDATE_REPLACE")


def kinds(answer: provider_pb2.DiffResponse) -> dict[str, int]:
    return {path: difference.kind for path, difference in answer.detailedDiff.items()}


def test_what_is_the_same_is_not_reported() -> None:
    inputs = {"description": "Nodes", "tags": {"a": "1"}}
    answer = diff(GROUP, {"id": "sg-1", "arn": "arn", **inputs}, inputs, inputs)
    assert (answer.changes, list(answer.diffs), list(answer.replaces), kinds(answer)) == (provider_pb2.DiffResponse.DIFF_NONE, [], [], {})


def test_a_create_only_input_replaces() -> None:
    before, wanted = {"description": "Nodes", "tags": {"a": "1"}}, {"description": "The nodes", "tags": {"a": "2"}}
    answer = diff(GROUP, before, before, wanted)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.diffs) == ["description", "tags"]
    assert list(answer.replaces) == ["description"]
    assert kinds(answer) == {"description": UPDATE_REPLACE, "tags.a": UPDATE}


def test_the_region_replaces_whatever_the_type() -> None:
    answer = diff(GROUP, {"region": "eu-west-1"}, {"region": "eu-west-1"}, {"region": "us-east-1"})
    assert list(answer.replaces) == ["region"]


def test_nested_changes_have_their_whole_path() -> None:
    before = {"ingress": [{"ports": [1, 2]}, {"ports": [3]}], "tags": {"kept": "x", "gone": "x"}}
    wanted = {"ingress": [{"ports": [1, 4]}], "tags": {"kept": "x", "a.b": "x"}}
    answer = diff(GROUP, before, before, wanted)
    assert kinds(answer) == {"ingress[0].ports[1]": UPDATE, "ingress[1]": DELETE, "tags.gone": DELETE, 'tags["a.b"]': ADD}


def test_it_plans_from_the_state_and_not_from_the_last_inputs() -> None:
    answer = diff(GROUP, {"tags": {"a": "1"}}, {"tags": {"a": "2"}}, {"tags": {"a": "2"}})
    assert kinds(answer) == {"tags.a": UPDATE}


def test_a_type_that_is_not_listed_is_an_error() -> None:
    with pytest.raises(KeyError, match="aws:new/thing:Thing"):
        diff("aws:new/thing:Thing", {"a": 1}, {"a": 1}, {"a": 2})


def test_paths_are_written_as_the_engine_reads_them() -> None:
    assert written(("settings", 0, "value")) == "settings[0].value"
    assert written(("tags", 'say "a\\b"')) == 'tags["say \\"a\\\\b\\""]'
