"""Pages of the console's upload."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.helpers.upload_browser import Console, chromium, console

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def upload_browser() -> Iterator["Browser"]:
    """Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture
def shown(upload_browser: "Browser") -> Iterator[Console]:
    """The upload's page, with somebody signed in."""
    with console(upload_browser) as made:
        made.open()
        yield made
