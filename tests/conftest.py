import functools
import logging
import os

import pytest
from moto.core import responses
from pulumi.runtime import resource
from pulumi.runtime.proto import source_pb2

from sandbox import simulation

simulation.collect_rarely()
# For each resource, the SDK writes down the stack of calls, which here is mostly pytest's: a tenth of a deployment's time.
if hasattr(resource, "_get_stack_trace"):
    resource._get_stack_trace = source_pb2.StackTrace
# At each request, moto looks through the service's class for the names of its methods.
_NAMES = "method_names_from_class"
if hasattr(responses, _NAMES):
    setattr(responses, _NAMES, functools.cache(getattr(responses, _NAMES)))


def pytest_xdist_auto_num_workers() -> int:
    # Two more than there are processors: tests with real daemons mostly wait.
    return (os.cpu_count() or 1) + 2


@pytest.fixture(autouse=True)
def _quiet() -> None:
    # A program that is meant to fail leaves pages of asyncio's words behind.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not os.environ.get("LONG"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="takes minutes: make test LONG=1"))
    # Those with real daemons first: they take longest, and the others fill the time that they wait. A script that sleeps waits as well.
    items.sort(key=lambda item: item.path.parent.name != "daemons" and item.path.name != "test_regions_script.py")
