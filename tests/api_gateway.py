"""API Gateway's control plane, as the local gateway imitates it, on a port of this process."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer

from local.services.gateway_keys import manage_keys
from local.services.usage_plans import UsagePlans
from local.template.api_keys import ApiKeys
from local.template.usage_plan import UsagePlan
from local.wire.exchange import Request, Response

#: The answer to a call in place of the usual one, which None leaves as it is.
Guard = Callable[[Request], Response | None]


class ControlPlane(HTTPServer):
    """Answers one call at a time. `calls` are those that came, `keys` the plans and keys that there are."""

    def __init__(self, *plans: str) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.api = ApiKeys({}, plans={plan: UsagePlan() for plan in plans})
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.empty()

    def empty(self) -> None:
        """Forget every key and every call."""
        self.keys = UsagePlans([self.api], lambda: 0.0)
        self.calls: list[tuple[str, str]] = []
        self.guard: Guard = lambda _request: None

    def count(self, method: str, path: str) -> int:
        return self.calls.count((method, path))


class _Answers(BaseHTTPRequestHandler):
    server: ControlPlane

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = list(self.headers.items())
        request = Request(self.command, self.path, "", headers, body, "127.0.0.1")
        self.server.calls.append((self.command, self.path))
        answer = self.server.guard(request) or manage_keys(request, self.server.keys)
        assert answer is not None, f"{self.command} {self.path} is no call that was expected"
        assert isinstance(answer.body, bytes)
        self.send_response(answer.status)
        for name, value in [*answer.headers, ("Content-Length", str(len(answer.body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Log nothing."""
