from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.helpers import console_api
from tests.helpers.browser import chromium, opened
from tests.helpers.console_cluster import Cluster
from tests.helpers.upload_browser import Console, console


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with console_api.cluster() as made:
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with opened(browser) as shown:
        yield shown


@pytest.fixture
def shown(browser: Browser) -> Iterator[Console]:
    """The upload's page, with somebody signed in."""
    with console(browser) as made:
        made.open()
        yield made
