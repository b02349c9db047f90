"""What the parts of the suite need in addition to Python and make.

Owns what a machine lacks for a part and what to do about it. A part that cannot run is left out as a whole,
and one line says so; where everything must run (CI is set), it is an error.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.deploy.emulator import missing as missing_for_emulator
from tests.dynamodb_local import missing as missing_for_dynamodb_local

TESTS = Path(__file__).parent


def missing_for_browser() -> str | None:
    """What this machine lacks to open the settings page; None when it lacks nothing."""
    if not shutil.which("chromium"):
        return "the settings page's tests need Chromium: apt-get install chromium"
    return None


def missing_for_provider() -> str | None:
    """What this machine lacks to start the OpenID provider of local/oidc; None when it lacks nothing."""
    if shutil.which("node") and (TESTS.parent / "local" / "oidc" / "node_modules").is_dir():
        return None
    return "signing in at a real OpenID provider needs Node 20 and npm: make local/oidc/node_modules"


def missing_for_commands() -> str | None:
    """What this machine lacks to run the README's calls as they are printed; None when it lacks nothing."""
    return None if shutil.which("curl") else "the README's calls need curl: apt-get install curl"


def missing_for_sam_local() -> str | None:
    """What this machine lacks to build the functions and to run them as Lambda does; None when nothing."""
    if not shutil.which("sam"):
        return "the built functions' tests need the SAM CLI: pip install aws-sam-cli"
    if not shutil.which("python3.13"):
        return "the built functions' tests need Python 3.13, which the functions are built with"
    try:
        subprocess.run(["docker", "info"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "the built functions' tests need Docker, running"
    return missing_for_dynamodb_local()


_NEEDS: dict[Path, Callable[[], str | None]] = {
    TESTS / "browser": missing_for_browser,
    TESTS / "browser" / "test_provider.py": missing_for_provider,
    TESTS / "programs" / "test_commands.py": missing_for_commands,
    TESTS / "sam_local": missing_for_sam_local,
    TESTS / "deploy": missing_for_emulator,
}


def left_out(asked: Iterable[Path], *, dynamodb_local: bool) -> dict[Path, str]:
    """Of the files and folders that are asked for, those that cannot run here, each with what it lacks."""
    if dynamodb_local and (lack := missing_for_dynamodb_local()):
        return dict.fromkeys(asked, lack)
    return {
        part: lack
        for part, missing in _NEEDS.items()
        if any(one.is_relative_to(part) or part.is_relative_to(one) for one in asked)
        if (lack := missing())
    }
