"""A browser, the page on the local gateway, and an organization of its own for every test.

A test fails when the page logs an error, breaks its own Content-Security-Policy, or lets a secret into a log.
"""

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError

from apikeys.key import IAM, Key, timestamp
from apikeys.secret import ENTROPY_BYTES, SecretFormat
from apikeys.store import KeyStore
from local.template.template import Template
from tests.browser.settings import Settings
from tests.e2e.api import Api
from tests.e2e.conftest import Gateway, leaked, local_gateway

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Headless, in a container, and silent: it calls nobody but the page's own server.
_CHROMIUM_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# As long as a machine that is busy with other tests may take.
_PATIENCE_MS = 60_000

expect.set_options(timeout=_PATIENCE_MS)

_organizations = count(1)

# The calls that Chromium dropped in the running test because a network interface of the machine changed.
_dropped: list[str] = []

_log = logging.getLogger(__name__)


@dataclass
class Organization:
    """One organization: its admin key, and a way to put keys into its list."""

    id: str
    api: Api
    store: KeyStore
    dynamodb: "DynamoDBClient"
    table: str
    secrets: list[str] = field(default_factory=list)

    def add(
        self,
        name: str,
        *scopes: str,
        age: timedelta = timedelta(days=1),
        used: timedelta | None = None,
        by: str = IAM,
    ) -> Key:
        """A key as it stands in the table after a life of `age`, last used `used` ago."""
        now = datetime.now(UTC)
        secret = SecretFormat("sk_live_copia_").new(os.urandom(ENTROPY_BYTES))
        key = Key(
            id=secret.key_id,
            name=name,
            organization_id=self.id,
            scopes=scopes or ("runtime",),
            hint=secret.hint,
            created_at=timestamp(now - age),
            created_by=by,
            last_used_at=None if used is None else timestamp(now - used),
        )
        self.store.add(key, secret.digest)
        self.secrets.append(secret.reveal())
        return key

    def use(self, key_id: str, ago: timedelta) -> None:
        """Let the key have been used `ago`."""
        self.dynamodb.update_item(
            TableName=self.table,
            Key={"id": {"S": key_id}},
            UpdateExpression="SET last_used_at = :at",
            ExpressionAttributeValues={":at": {"S": timestamp(datetime.now(UTC) - ago)}},
        )

    def active(self, name: str) -> list[Key]:
        """The active keys with this name, newest first."""
        page = self.store.page(self.id, 1000)
        return [key for key in page.keys if key.name == name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try once more what failed while the network changed, and say so: other tests start containers."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1, condition=lambda: bool(_dropped)))


# Ended with each module: while it runs, its event loop stands in the way of tests that have one of their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "the page's tests need Chromium: apt-get install chromium"
        (pytest.fail if "CI" in os.environ else pytest.skip)(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def gateway(dynamodb_endpoint: str) -> Iterator[Gateway]:
    with local_gateway(DYNAMODB_ENDPOINT=dynamodb_endpoint) as running:
        # A browser asks for all files at once; on a busy machine, so many cold starts would take too long.
        httpx.get(f"{running.url}/settings/api", timeout=60).raise_for_status()
        yield running


@pytest.fixture
def organization(
    gateway: Gateway, store: KeyStore, dynamodb: "DynamoDBClient", template: Template
) -> Iterator[Organization]:
    name = f"org_{os.getpid()}_{next(_organizations)}"
    api = gateway.api(name)
    table = template.functions["CreateKeyFunction"].environment["KEY_TABLE"]
    organization = Organization(name, api, store, dynamodb, table)
    before = len(gateway.output)
    yield organization
    api.close()
    # Shown with a test that fails.
    _log.warning(gateway.output[before:])
    assert not leaked(gateway.output, [*api.secrets, *organization.secrets])


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(reduced_motion="reduce")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(_PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.extend(_complaint(message)))
    _dropped.clear()
    page.on("requestfailed", _note)
    yield page
    # Shown with a test that fails.
    with suppress(PlaywrightError):
        _log.warning(page.locator("body").inner_text(timeout=1000))
    assert errors == []


def _note(request: Request) -> None:
    _log.warning("%s %s", request.url, request.failure)
    if "ERR_NETWORK_CHANGED" in (request.failure or ""):
        _dropped.append(request.url)


def _complaint(message: ConsoleMessage) -> list[str]:
    """What the page itself has to complain about; the browser notes each refused or lost call as well."""
    if message.type not in {"error", "warning"} or message.text.startswith("Failed to load resource"):
        return []
    return [message.text]


@pytest.fixture
def settings(page: Page, gateway: Gateway) -> Settings:
    return Settings(page, gateway.url)


@pytest.fixture
def signed_in(settings: Settings, organization: Organization) -> Settings:
    """The page, signed in with the organization's admin key."""
    settings.sign_in(organization.api.admin_key)
    return settings
