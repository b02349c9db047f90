"""What a browser leaves on disk once it is closed: the whole profile is searched, byte by byte.

SQLite, LevelDB's log and the file of open tabs are found in the clear. LevelDB compresses tables, which it
makes when a profile is opened again, and the cache compresses bodies: there must be none of the former, and
nothing in the latter that the API answered.
"""

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from playwright.sync_api import Browser, expect

from apikeys.cookie import COOKIE, HEADER
from tests.browser.chromium import _ARGUMENTS, _deaf
from tests.browser.organization import Organization
from tests.browser.settings import Settings
from tests.browser.tab import PATIENCE_MS
from tests.e2e.conftest import Gateway
from tests.e2e.people import ticket


@contextmanager
def a_browser_of_its_own(browser: Browser, folder: Path, url: str) -> Iterator[Settings]:
    """The page in a browser that nobody has used, whose profile is `folder`; closed in the end."""
    program = shutil.which("chromium")
    assert program
    start = folder.parent / "start"
    start.mkdir()
    context = browser.browser_type.launch_persistent_context(
        folder, executable_path=_deaf(program, start), args=_ARGUMENTS
    )
    context.set_default_timeout(PATIENCE_MS)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield Settings(context.pages[0], url)
    context.close()


def worked(settings: Settings, door: str, presented: str) -> dict[str, str]:
    """Sign in with a ticket and create a key. All that was secret, by name."""
    if door == "ticket":
        settings.page.goto(f"{settings.url}#ticket={presented}")
    else:
        settings.sign_in(presented)
    expect(settings.count).to_contain_text("key")
    [session] = [cookie["value"] for cookie in settings.page.context.cookies() if cookie["name"] == COOKIE]
    created = settings.create("First client")
    settings.copy_and_close()
    return {door: presented, "session": session, "created": created}


def left(profile: Path, *wanted: bytes) -> set[str]:
    """The files of the profile that hold any of it."""
    files = [path for path in profile.rglob("*") if path.is_file()]
    return {
        str(file.relative_to(profile)) for file in files if any(map(file.read_bytes().__contains__, wanted))
    }


def forms(secret: str) -> list[bytes]:
    """The secret whole, what is random in it, and half of that, as programs write texts."""
    parts = (secret, secret[-49:-6], secret[-49:-28])
    return [part.encode(encoding) for part in parts for encoding in ("utf-8", "utf-16-le", "utf-16-be")]


def encrypted(cookie: str, host: str) -> bytes:
    """The cookie as Chromium keeps it where the desktop offers no keyring.

    https://source.chromium.org/chromium/chromium/src/+/main:components/os_crypt/sync/os_crypt_linux.cc
    """
    key = hashlib.pbkdf2_hmac("sha1", b"peanuts", b"saltysalt", 1, 16)
    text = hashlib.sha256(host.encode()).digest() + cookie.encode()
    short = 16 - len(text) % 16
    encryptor = Cipher(algorithms.AES128(key), modes.CBC(b" " * 16)).encryptor()
    return b"v10" + encryptor.update(text + bytes([short]) * short)


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.mark.parametrize("door", ["key", "ticket"])
def test_after_sign_out_no_key_and_no_session_is_left_on_disk_nor_a_ticket_that_opens_anything(
    browser: Browser, organization: Organization, gateway: Gateway, profile: Path, door: str
) -> None:
    presented = organization.admin_key if door == "key" else ticket(gateway, organization.id, role="admin")
    with a_browser_of_its_own(browser, profile, gateway.url) as settings:
        secrets = worked(settings, door, presented)
        settings.button("Sign out").click()
        expect(settings.key_field).to_be_visible()

    assert left(profile, settings.url.encode()), "the search finds what is there"
    assert not [*profile.rglob("*.ldb")], "LevelDB's tables would be compressed"
    assert not [file for file in left(profile, b"/api/keys", b"/settings/session") if "Cache_Data" in file]
    found = {name for name, secret in secrets.items() if left(profile, *forms(secret))}
    # The browser's history names the address that was followed. What the ticket was good for, it did.
    assert found == ({"ticket"} if door == "ticket" else set())
    assert not left(profile, encrypted(secrets["session"], "127.0.0.1"))
    again = httpx.post(
        re.sub("api$", "session", settings.url),
        json={door: presented},
        headers={HEADER: "sign-in"},
        timeout=60,
    )
    assert again.status_code == (401 if door == "ticket" else 201)


def test_a_browser_that_is_closed_without_sign_out_keeps_only_the_cookie_encrypted(
    browser: Browser, organization: Organization, gateway: Gateway, profile: Path
) -> None:
    with a_browser_of_its_own(browser, profile, gateway.url) as settings:
        secrets = worked(settings, "key", organization.admin_key)
    assert not [name for name, secret in secrets.items() if left(profile, *forms(secret))]
    # Until its next start, which forgets it, or takes it up where it is set to go on where one left off.
    assert {Path(file).name for file in left(profile, encrypted(secrets["session"], "127.0.0.1"))} == {
        "Cookies"
    }
