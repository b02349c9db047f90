"""A rotation in Secrets Manager: moto's, the function itself in this process, and an API that authorizes.

Secrets Manager calls the function step by step, and again where one failed.
"""

import json
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from apikeys.cookie import SESSIONS
from apikeys.keys.key import Key
from apikeys.keys.store import KeyStore
from apikeys.secret import ENTROPY_BYTES, SecretFormat
from apikeys.sessions.session import Session
from apikeys.sessions.store import SessionStore
from authorizer.dynamodb import ItemReader
from authorizer.verify import RefusedError, Verifier
from keys.rotate_secret import app
from local.template.template import Template
from operation import environment
from tests.integration.as_function import BreakingWrites, as_function
from tests.served import served

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PREFIX = "sk_live_copia_"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
WRITES = ("PutSecretValue", "UpdateSecretVersionStage", "TransactWriteItems")
#: Everything that the function asks of a service.
CALLS = ("GetSecretValue", "DescribeSecret", "GetItem", *WRITES)
CONTEXT: Any = SimpleNamespace(
    function_name="RotateSecretFunction",
    aws_request_id="request-1",
    get_remaining_time_in_millis=lambda: 60_000,
)


class Calls(BreakingWrites):
    """Breaks a call of any service, and tells `watch` after each call that may have changed something."""

    def __init__(self) -> None:
        super().__init__(*CALLS)
        self.made: list[str] = []
        self.watch: Callable[[], None] = lambda: None

    def before_call(self, **call: Any) -> None:
        self.made.append(call["model"].name)
        super().before_call(**call)

    def after_call(self, **call: Any) -> None:
        super().after_call(**call)
        if call["model"].name in WRITES:
            self.watch()


class Rotation:
    """One secret, with a key in it, and the function that rotates it."""

    def __init__(self, manager: Any, calls: Calls, store: KeyStore, verifier: Verifier, url: str) -> None:
        self.manager = manager
        #: The API that testSecret calls, and that clients may call at the same time.
        self.url = url
        self.calls = calls
        self.store = store
        self.organization_id = f"org_{uuid.uuid4().hex[:12]}"
        self.name = f"secret-{uuid.uuid4().hex}"
        self._verifier = verifier

    def made_key(self, **fields: Any) -> dict[str, str]:
        """A new key's value, as a person puts it into Secrets Manager."""
        secret = environment.new_secret()
        key = {
            "id": secret.id,
            "name": "Nightly export",
            "organization_id": self.organization_id,
            "scopes": ("runtime",),
            "hint": secret.hint,
            "created_at": environment.now(),
            "created_by": "iam",
        }
        self.store.add(Key(**key | fields), secret.digest)
        return {"organization_id": self.organization_id, "key_id": secret.id, "secret": secret.reveal()}

    def sign_in(self, sessions: SessionStore) -> None:
        """A person signs in with the current key."""
        session = Session(
            organization_id=self.organization_id,
            organization_name="Acme",
            person_id="ada",
            person_name="Ada",
            role="member",
            opened_by=self.value()["key_id"],
            expires_at=environment.epoch() + 3600,
        )
        sessions.open(SESSIONS.new(os.urandom(ENTROPY_BYTES)), session, environment.epoch())

    def put(self, **value: Any) -> None:
        """Store a value by hand, which makes it the current one."""
        text = json.dumps(value)
        try:
            self.manager.create_secret(Name=self.name, SecretString=text)
        except self.manager.exceptions.ResourceExistsException:
            self.manager.put_secret_value(SecretId=self.name, SecretString=text)

    def step(self, token: str, step: str) -> dict[str, object]:
        event = {"SecretId": self.name, "ClientRequestToken": token, "Step": step, "RotationToken": "other"}
        answer: dict[str, object] = app.handler(event, CONTEXT)
        return answer

    def rotate(self) -> int:
        """Rotate once, each step again until it succeeds. Returns how many steps failed."""
        token, failed = str(uuid.uuid4()), 0
        for step in STEPS:
            for _ in range(3):
                try:
                    self.step(token, step)
                    break
                except Exception:  # noqa: BLE001 - Secrets Manager looks at no error either
                    failed += 1
                    assert failed < 3, step
        return failed

    def value(self, label: str = "AWSCURRENT") -> dict[str, Any]:
        answer = self.manager.get_secret_value(SecretId=self.name, VersionStage=label)
        held: dict[str, Any] = json.loads(answer["SecretString"])
        return held

    def key(self, label: str = "AWSCURRENT") -> Key:
        return self.store.get(self.organization_id, self.value(label)["key_id"])

    def works(self, secret: str) -> bool:
        """Whether the authorizer takes the secret."""
        try:
            self._verifier.verify(secret, "127.0.0.1")
        except RefusedError:
            return False
        return True

    def versions(self) -> list[dict[str, Any]]:
        """Every version's value."""
        listed = self.manager.list_secret_version_ids(SecretId=self.name, IncludeDeprecated=True)["Versions"]
        every = [
            self.manager.get_secret_value(SecretId=self.name, VersionId=one["VersionId"]) for one in listed
        ]
        return [json.loads(one["SecretString"]) for one in every]

    def good(self) -> list[str]:
        """The ids of the organization's keys that work."""
        every = self.store.page(self.organization_id, 100).keys
        return [key.id for key in every if not key.revoked_at]


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, *_: object) -> None:
        pass


@contextmanager
def secrets_manager() -> Iterator[Any]:
    """A client of moto's Secrets Manager, served as the function finds it."""
    app = create_backend_app("secretsmanager")
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield boto3.client(
            "secretsmanager",
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            region_name="eu-central-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def api(verifier: Verifier) -> Iterator[str]:
    """An API that authorizes, and answers 403 as for a key that lacks the scope."""
    one_at_a_time = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                with one_at_a_time:
                    verifier.verify(self.headers["x-api-key"], "127.0.0.1")
                self.send_response(403)
                self.send_header("WWW-Authenticate", 'Bearer error="insufficient_scope"')
            except RefusedError:
                self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with served(server):
        yield f"http://127.0.0.1:{server.server_port}/api/keys?limit=1"


@contextmanager
def rotating(
    template: Template, dynamodb: "DynamoDBClient", **variables: str
) -> Iterator[Callable[[], Rotation]]:
    """What makes a secret that the function rotates."""
    declared = template.functions["ListKeysFunction"].environment
    store = KeyStore(dynamodb, declared["KEY_TABLE"], declared["KEY_INDEX"])
    reached = {
        "AWS_REGION": template.region,
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb.meta.endpoint_url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    readers = [ItemReader(declared["KEY_TABLE"], reached) for _ in range(2)]
    verifier, others = (Verifier(SecretFormat(PREFIX), reader) for reader in readers)
    calls = Calls()
    stores = (environment.key_store, environment.session_store, app._secrets_manager)  # noqa: SLF001
    with (
        secrets_manager() as manager,
        api(others) as url,
        as_function(
            "RotateSecretFunction",
            template,
            dynamodb,
            calls,
            stores,
            AWS_ENDPOINT_URL_SECRETS_MANAGER=manager.meta.endpoint_url,
            ROTATION_TEST_URL=url,
            **variables,
        ),
    ):
        yield lambda: Rotation(manager, calls, store, verifier, url)
        app._secrets_manager().close()  # noqa: SLF001 - as at the end of a process
        manager.close()
    for reader in readers:
        reader.close()
