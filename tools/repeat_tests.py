"""`make test` again and again, every second time while something else keeps all processors busy.

Owns the runs and their log: a line for each, with its time, its outcome and pytest's last line. If a run
failed, its whole output is kept next to the log, and the program ends with an error.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent

_OF_MAKE = {"MAKELEVEL", "MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "ARGS"}


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep as many processors busy until the end of the block."""
    load = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in load:
            process.kill()
            process.wait()


def run(number: int, log: Path) -> bool:
    """Run the tests once and log it: whether all passed."""
    load = (os.cpu_count() or 1) if number % 2 == 0 else 0
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    with busy(load):
        started = time.monotonic()
        done = subprocess.run(
            ["make", "test"],  # noqa: S607
            cwd=ROOT,
            # Not what `make repeat-tests` hands on to a make within it: ARGS would be pytest's.
            env={name: value for name, value in os.environ.items() if name not in _OF_MAKE},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - started
    last = next((line for line in reversed(done.stdout.splitlines()) if line.strip("= ")), "")
    outcome = "green" if done.returncode == 0 else "RED"
    line = (
        f"{moment}  run {number}  {load} processes beside it  {seconds:.0f} s  {outcome}  {last.strip('= ')}"
    )
    print(line, flush=True)  # noqa: T201 - a command-line program
    with log.open("a") as file:
        print(line, file=file)
    if done.returncode:
        log.with_suffix(f".{number}.txt").write_text(done.stdout)
    return done.returncode == 0


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m tools.repeat_tests", description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument(
        "--first",
        type=int,
        default=1,
        help="the number of the first run; even runs have busy processors",
    )
    parser.add_argument("--log", type=Path, default=Path("repeat-tests.log"))
    arguments = parser.parse_args()
    runs = range(arguments.first, arguments.first + arguments.runs)
    green = [run(number, arguments.log) for number in runs]
    sys.exit(not all(green))


if __name__ == "__main__":
    main()
