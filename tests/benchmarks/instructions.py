"""`make bench-instructions BEFORE=COMMIT`: the instructions of one authorization, now and at a commit.

Whatever else a machine does, the same code takes the same instructions, so this shows changes of less than a
percent, which get lost in times. What the kernel does is not counted. Both versions get the event and the
environment of today. Needs valgrind and git.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.benchmarks import stage

#: The difference of two runs is what that many calls take, without the start of Python.
_FEW, _MANY = 100, 600

_COLLECTED = re.compile(r"Collected : ([0-9]+)")


def functions_at(commit: str, directory: Path) -> Path:
    """The folder `functions` as it was at a commit, written into `directory`."""
    directory.mkdir()
    archive = directory / "functions.tar"
    command = ["git", "archive", f"--output={archive}", commit, "functions"]
    subprocess.run(command, cwd=stage.ROOT, check=True)
    with tarfile.open(archive) as packed:
        packed.extractall(directory, filter="data")
    return directory / "functions"


def instructions(functions: Path, event: Path, calls: int, environ: dict[str, str]) -> int:
    """The instructions of a whole process that authorizes so many calls."""
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable]
    worker = ["-m", "tests.benchmarks.worker", "authorizer.app", "handler", str(event), "allowed"]
    done = subprocess.run(
        [*valgrind, *worker],
        cwd=stage.ROOT,
        env=environ
        | {
            "PYTHONPATH": f"{functions}:{stage.ROOT}",
            "PYTHONHASHSEED": "0",  # sets and dictionaries look for their places by it
            "PYTHONDONTWRITEBYTECODE": "1",  # so that the first run compiles no more than the second
        },
        input=f"{calls}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    found = _COLLECTED.search(done.stderr)
    if done.returncode or not found:
        sys.exit(done.stderr)
    return int(found[1])


def main() -> None:
    """Measure both and print them."""
    parser = argparse.ArgumentParser(description="The instructions of one authorization, before and after.")
    parser.add_argument("before", metavar="COMMIT", help="the version to compare with")
    options = parser.parse_args()
    secret = stage.new_secret()
    items = {secret.id: stage.item(secret, "runtime")}
    with tempfile.TemporaryDirectory() as scratch, stage.stub_store(items) as endpoint:
        event = Path(scratch, "event.json")
        event.write_text(stage.event(secret.reveal()))
        costs = []
        now = shutil.copytree(
            stage.ROOT / "functions", Path(scratch, "now"), ignore=shutil.ignore_patterns("__pycache__")
        )
        before = functions_at(options.before, Path(scratch, "before"))
        for name, functions in ((options.before, before), ("now", now)):
            few, many = (
                instructions(functions, event, calls, stage.environ(endpoint)) for calls in (_FEW, _MANY)
            )
            costs.append((many - few) / (_MANY - _FEW))
            print(f"{name:42}{costs[-1]:10,.0f} instructions per call")
        print(f"now ÷ before: {costs[1] / costs[0]:.4f}")


if __name__ == "__main__":
    main()
