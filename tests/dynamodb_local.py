"""DynamoDB Local, AWS's own engine, for tests and for local use.

Owns where the engine comes from, its pinned checksum, and the process: `pytest --dynamodb-local` starts
one, and `python -m tests.dynamodb_local` serves until it is stopped. It listens on loopback, and for
containers on the bridge to them, which Docker puts on this machine alone. It ends with its parent. All that
is by way of LoopbackDynamoDB.java, which is compiled once.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.UsageNotes.html
"""

import argparse
import hashlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# The one package that ships the engine through a registry; AWS publishes it.
_PACKAGE = "amplify-dynamodb-simulator"
_VERSION = "2.9.30"
_SHA512 = "xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="

_LAUNCHER = Path(__file__).with_name("LoopbackDynamoDB.java")
_CACHE = Path(__file__).parents[1] / ".dynamodb-local"
_START_S = 60


def missing() -> str | None:
    """What this machine lacks to run the engine, and what to do about it; None when it lacks nothing."""
    if not shutil.which("java"):
        return "DynamoDB Local needs Java 17 or later: install a JRE, for example openjdk-17-jre-headless"
    if not shutil.which("npm") and not _home().is_dir():
        return "DynamoDB Local is fetched with npm: install npm"
    return None


@contextmanager
def dynamodb_local(port: int = 0, *, for_containers: bool = False) -> Iterator[str]:
    """Serve an empty DynamoDB, kept in memory, until the end of the block; 0 picks a free port.

    Yields its endpoint URL. Raises RuntimeError when the engine cannot be had or does not start.
    """
    if lack := missing():
        raise RuntimeError(lack)
    home = _fetch()
    port = port or _free_port()
    command = [
        "java",
        "-Djava.library.path=DynamoDBLocal_lib",
        f"-Daddresses={','.join(['127.0.0.1', *(_bridge() if for_containers else [])])}",
        "-cp",
        os.pathsep.join(["DynamoDBLocal.jar", str(_launcher(home))]),
        _LAUNCHER.stem,
        "-inMemory",
        # Without it there is one database for each access key and Region.
        "-sharedDb",
        "-disableTelemetry",
        "-port",
        str(port),
    ]
    with subprocess.Popen(command, cwd=home, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_until_it_listens(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _home() -> Path:
    return _CACHE / _VERSION


def _fetch() -> Path:
    home = _home()
    if home.is_dir():
        return home
    _CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_CACHE) as scratch:
        subprocess.run(
            ["npm", "pack", "--silent", "--pack-destination", scratch, f"{_PACKAGE}@{_VERSION}"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        package = Path(scratch) / f"{_PACKAGE}-{_VERSION}.tgz"
        if b64encode(hashlib.sha512(package.read_bytes()).digest()).decode() != _SHA512:
            raise RuntimeError(f"{package.name} is not the file that was pinned: its SHA-512 differs")
        with tarfile.open(package) as archive:
            archive.extractall(scratch, filter="data")
        # Another process may have been faster, with the same bytes.
        with suppress(OSError):
            (Path(scratch) / "package" / "emulator").rename(home)
    return home


def _launcher(home: Path) -> Path:
    """The directory with the compiled launcher."""
    folder = _CACHE / f"launcher-{hashlib.sha256(_LAUNCHER.read_bytes()).hexdigest()[:12]}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=_CACHE) as scratch:
            made = Path(scratch) / "classes"
            # The compiler is a module of Java's; Debian's runtime has it as well, without the command.
            compiler = ["java", "-m", "jdk.compiler/com.sun.tools.javac.Main"]
            compiled = subprocess.run(
                [*compiler, "-cp", str(home / "DynamoDBLocal.jar"), "-d", str(made), str(_LAUNCHER)],
                capture_output=True,
                text=True,
                check=False,
            )
            if compiled.returncode:
                raise RuntimeError(f"DynamoDB Local needs a JDK, to compile its launcher: {compiled.stderr}")
            # Another process may have been faster, with the same bytes.
            with suppress(OSError):
                made.rename(folder)
    return folder


def _bridge() -> list[str]:
    """The address by which containers reach this machine, where Docker has a bridge here."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(ImportError, OSError):
        from fcntl import ioctl  # noqa: PLC0415 - not on every system

        # https://man7.org/linux/man-pages/man7/netdevice.7.html: SIOCGIFADDR
        return [socket.inet_ntoa(ioctl(probe, 0x8915, struct.pack("256s", b"docker0"))[20:24])]
    return []


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    raise RuntimeError(f"DynamoDB Local does not listen on port {port}: is the port taken?")


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.dynamodb_local")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one (default)")
    try:
        with (
            dynamodb_local(parser.parse_args().port, for_containers=True) as endpoint,
            suppress(KeyboardInterrupt),
        ):
            print(f"DYNAMODB_ENDPOINT={endpoint}", flush=True)
            while True:
                time.sleep(3600)
    except RuntimeError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
