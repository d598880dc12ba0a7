"""What is recorded of IpfsGlobal's resources, as of those of IpfsCluster."""

import json

import pytest

from tests.helpers.scenarios import JOINED
from tools import create_only, resources


@pytest.mark.parametrize("name", JOINED)
def test_no_resource_has_another_name_type_or_parent_and_no_create_only_input_another_value(name: str) -> None:
    with JOINED[name]() as stack:
        assert resources.tree(stack.deployment.registrations) == json.loads(resources.FILE.read_text())[name]
        recorded = create_only.recorded()
        found = create_only.create_only(stack.deployment.registrations, stack.account)
        assert create_only.reduced(name, found, recorded[create_only.FIRST]) == recorded[name]
