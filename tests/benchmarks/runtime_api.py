"""A cold start without a container: a fresh process of AWS's runtime client, and its first call.

Owns a stand-in for the Lambda Runtime API on loopback, which knows one invocation. Other than in a container,
the share of a CPU cannot be set, and Python and its libraries are this machine's.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

_INVOCATION = "/2018-06-01/runtime/invocation"
_ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"


class _RuntimeApi(HTTPServer):
    """Hands out one event, and keeps what comes back."""

    def __init__(self, event: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Calls)
        self.timeout = 1
        self.event = event
        self.answer: tuple[str, bytes] | None = None


class _Calls(BaseHTTPRequestHandler):
    server: _RuntimeApi

    def do_GET(self) -> None:
        self._send(200, self.server.event)

    def do_POST(self) -> None:
        self.server.answer = self.path, self.rfile.read(int(self.headers["Content-Length"]))
        self._send(202, b"{}")

    def log_message(self, *_: object) -> None:
        """Stay silent: the table is the output."""

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Lambda-Runtime-Aws-Request-Id", _ID)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 60_000))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:1:function:f")
        self.send_header("Content-Type", "application/json")  # the client crashes without it
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def first_answer_ms(python: str, task: Path, environ: dict[str, str], handler: str, event: str) -> float:
    """Milliseconds from starting `python -m awslambdaric` to its answer to `event`."""
    with _RuntimeApi(event.encode()) as api:
        start = time.perf_counter()
        with subprocess.Popen(
            [python, "-m", "awslambdaric", handler],
            env=environ
            | {
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
                "LAMBDA_TASK_ROOT": str(task),
                "PYTHONPATH": str(task),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdout=subprocess.DEVNULL,
        ) as process:
            while api.answer is None and process.poll() is None:
                api.handle_request()
            took = (time.perf_counter() - start) * 1000
            process.kill()
    if api.answer is None:
        sys.exit(f"{handler}: the runtime client ended without an answer")
    path, body = api.answer
    if path != f"{_INVOCATION}/{_ID}/response":
        sys.exit(f"{handler}: {json.loads(body)}")
    return took
