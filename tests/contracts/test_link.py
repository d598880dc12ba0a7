"""What is recorded of IpfsGlobal's resources, as of those of IpfsCluster."""

import json

from tests.helpers.scenarios import JOINED, joined
from tools import create_only, resources


def test_no_resource_has_another_name_type_or_parent_and_no_create_only_input_another_value() -> None:
    with joined() as stack:
        assert resources.tree(stack.deployment.registrations) == json.loads(resources.FILE.read_text())[JOINED]
        recorded = create_only.recorded()
        found = create_only.create_only(stack.deployment.registrations, stack.account)
        assert create_only.reduced(JOINED, found, recorded[create_only.FIRST]) == recorded[JOINED]
