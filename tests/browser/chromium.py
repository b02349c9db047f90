"""Chromium for the tests: headless, and unaware of changes to the machine's network.

When an address of the machine changes, Chromium drops every request that waits for a connection, loopback
or not (ERR_NETWORK_CHANGED, `TransportClientSocketPool::OnIPAddressChanged`), and no switch forbids it.
Containers that start during the tests change addresses all the time. Chromium learns of it only from a
netlink socket, and without one always assumes that it is online (`AddressTrackerLinux::AbortAndForceOnline`):
https://source.chromium.org/chromium/chromium/src/+/main:net/base/address_tracker_linux.cc. So it gets none.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

# It calls only the page's own server.
_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """A running browser. `folder` gets the program that starts it."""
    program = shutil.which("chromium")
    assert program, "the page's tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_deaf(program, folder), args=_ARGUMENTS)
        yield browser
        browser.close()


def _deaf(program: str, folder: Path) -> str | Path:
    """The program that starts Chromium without netlink. On macOS, containers do not change its network."""
    if sys.platform != "linux":
        return program
    start = folder / "chromium"
    without_netlink = Path(__file__).with_name("without_netlink.py")
    start.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{without_netlink}" "{program}" "$@"\n')
    start.chmod(0o700)
    return start
