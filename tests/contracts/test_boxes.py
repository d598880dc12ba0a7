"""Every child is created inside the box that it belongs to, before the box's outputs are registered."""

from typing import Any

import pulumi
import pytest

from tests.helpers.scenarios import SCENARIOS
from tests.helpers.support import deployed


@pytest.mark.parametrize("scenario", ["domain, passwords, pinning service", "no edge", "internal load balancer"])
def test_no_child_comes_after_its_boxs_outputs(scenario: str, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: set[int] = set()
    late: list[str] = []
    register, create = pulumi.ComponentResource.register_outputs, pulumi.Resource.__init__

    def registered(self: pulumi.ComponentResource, *args: Any) -> None:
        closed.add(id(self))
        register(self, *args)

    def created(self: pulumi.Resource, type_: str, name: str, custom: bool, props: Any = None, opts: Any = None, *args: Any, **kwargs: Any) -> None:
        parent = opts.parent if opts is not None else None
        if parent is not None and id(parent) in closed:
            late.append(name)
        create(self, type_, name, custom, props, opts, *args, **kwargs)

    monkeypatch.setattr(pulumi.ComponentResource, "register_outputs", registered)
    monkeypatch.setattr(pulumi.Resource, "__init__", created)
    with deployed(SCENARIOS[scenario]) as stack:
        components = [r for r in stack.deployment.registrations if not r.request.custom]
        assert late == []
        assert len(closed) == len(components) + 1, "each component registers its outputs, and so does the stack"
