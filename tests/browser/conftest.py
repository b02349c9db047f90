"""A gateway and a browser per worker; for every test, its own organization and a page that nobody has used.

A test fails when the page logs an error, breaks its own Content-Security-Policy, or lets a secret into a log.
"""

import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from apikeys.keys.store import KeyStore
from local.template.template import Template
from tests.browser.chromium import chromium
from tests.browser.organization import Organization
from tests.browser.settings import Settings
from tests.browser.tab import PATIENCE_MS, Tab
from tests.e2e.conftest import Gateway, leaked, local_gateway

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

expect.set_options(timeout=PATIENCE_MS)

_organizations = count(1)

_log = logging.getLogger(__name__)


# Ended with the package: while it runs, its event loop blocks tests that have their own.
@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture(scope="package")
def tab(browser: Browser) -> Tab:
    return Tab(browser)


@pytest.fixture(scope="package")
def gateway(dynamodb_endpoint: str) -> Iterator[Gateway]:
    with local_gateway(DYNAMODB_ENDPOINT=dynamodb_endpoint) as running:
        # A browser asks for all files at once; on a busy machine, that many cold starts would take too long.
        httpx.get(f"{running.url}/settings/api", timeout=PATIENCE_MS / 1000).raise_for_status()
        yield running


@pytest.fixture
def now() -> datetime:
    """The time of the test: the page's clock is stopped there, and all keys are older."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def organization(
    gateway: Gateway, store: KeyStore, dynamodb: "DynamoDBClient", template: Template, now: datetime
) -> Iterator[Organization]:
    name = f"org_{os.getpid()}_{next(_organizations)}"
    table = template.functions["CreateKeyFunction"].environment["KEY_TABLE"]
    organization = Organization(name, gateway, store, table=table, dynamodb=dynamodb, now=now)
    before = len(gateway.output)
    yield organization
    organization.api.close()
    organization.remove()
    # Shown with a test that fails.
    _log.warning(gateway.output[before:])
    assert not leaked(gateway.output[before:], organization.secrets)


@pytest.fixture
def page(tab: Tab, now: datetime) -> Iterator[Page]:
    with tab.lent(now) as page:
        yield page


@pytest.fixture
def context(page: Page) -> BrowserContext:
    return page.context


@pytest.fixture
def settings(page: Page, gateway: Gateway) -> Settings:
    """The page, not yet opened."""
    return Settings(page, gateway.url)


@pytest.fixture
def signed_in(settings: Settings, organization: Organization) -> Settings:
    """The page, signed in with the organization's admin key, which is its only one."""
    settings.enter(organization.admin_key)
    return settings


@pytest.fixture
def three_pages(settings: Settings, organization: Organization) -> Settings:
    """The page, signed in to an organization with 251 keys, the admin's key the newest."""
    organization.add_many(250, name="Worker {:04}")
    settings.enter(organization.admin_key)
    expect(settings.count).to_have_text("The newest 100 keys")
    return settings
