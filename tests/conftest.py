import logging

import pytest


@pytest.fixture(autouse=True)
def _quiet() -> None:
    # A program that is meant to fail leaves pages of asyncio's words behind.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
