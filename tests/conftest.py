import logging
import os

import pytest


def pytest_xdist_auto_num_workers() -> int:
    # Two more than there are processors: tests with real daemons mostly wait.
    return (os.cpu_count() or 1) + 2


@pytest.fixture(autouse=True)
def _quiet() -> None:
    # A program that is meant to fail leaves pages of asyncio's words behind.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
