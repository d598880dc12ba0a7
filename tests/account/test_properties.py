"""The simulated account loses no property of a resource, however deep."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime.mocks import MockResourceArgs

from sandbox.account import Made, UnreadPropertyError
from sandbox.account.registry import REGISTRY
from tests.helpers.scenarios import JOINED, SCENARIOS
from tests.helpers.support import ROOT, Deployed, deployed

# Mappings whose keys are the user's.
FREE = {"dimensions", "keepers", "recoveryPointTags", "tags"}
# They have all types among them.
DEPLOYMENTS = ("domain, passwords, pinning service", "tokens", "told by mail", "internal load balancer", *JOINED)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all mappings in a value that the API has names for."""
    if isinstance(value, dict):
        yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key not in FREE:
            yield from places(item, (*path, key))


def with_unknown(inputs: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """The inputs with one more property at a place."""
    changed = copy.deepcopy({key: value for key, value in inputs.items() if key != "code"}) | {key: inputs[key] for key in ("code",) if key in inputs}
    place: Any = changed
    for key in path:
        place = place[key]
    place["unheardOf"] = "x"
    return changed


def reaction(stack: Deployed, made: Made, name: str, path: tuple[Any, ...]) -> str:
    """What the account says of a resource like another one, with one more property at a place."""
    args = MockResourceArgs(made.type, name, with_unknown(made.inputs, path), "", "", True)
    try:
        stack.account.new_resource(args)
    except UnreadPropertyError as error:
        return str(error)
    except Exception as error:
        return repr(error)
    return "created"


@pytest.mark.parametrize("scenario", DEPLOYMENTS)
def test_an_unknown_property_is_an_error_wherever_it_is(scenario: str) -> None:
    wrong, tried = {}, 0
    with JOINED[scenario]() if scenario in JOINED else deployed(SCENARIOS[scenario]) as stack:
        for made in {made.type: made for made in stack.account.made if made.type in REGISTRY.resources}.values():
            ignored = REGISTRY.resources[made.type].ignored
            for path in places({key: value for key, value in made.inputs.items() if key not in ignored}):
                tried += 1
                name = f"{made.name}-{tried}"
                text = reaction(stack, made, name, path)
                if "unheardof of" not in text.lower() or f"{made.type} {name}; read it in sandbox/account/" not in text:
                    wrong[f"{made.type} {path}"] = text
    assert wrong == {}
    assert tried > (5 if scenario in JOINED else 60)


def test_the_deployments_have_all_types() -> None:
    trees = json.loads((ROOT / "tests" / "contracts" / "resources.json").read_text())
    types = {child.partition(" ")[0] for scenario in DEPLOYMENTS for children in trees[scenario].values() for child in children}
    assert sorted(REGISTRY.resources.keys() - types) == []
