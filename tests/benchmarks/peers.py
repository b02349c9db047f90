"""Other ways to check an API key in Python, each by its own documented call and with its own store.

None of them uses a network here: their store is a SQLite file, or a dict, in the process that is measured.
The request is made once and the key is one that the peer itself has made.
"""

import asyncio
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

Check = Callable[[], object]


def drf(_event: object, _context: object) -> bool:
    """djangorestframework-api-key: its permission class, on SQLite. SHA-512; no scopes, no organization."""
    return bool(_drf()())


def keygate(_event: object, _context: object) -> bool:
    """fastapi-keygate: its dependency, on SQLite. SHA-256; scopes are a second call, limits are off here."""
    return bool(_keygate()())


def keyshield(_event: object, _context: object) -> bool:
    """keyshield: its service in memory, as its README shows it. Argon2; its random delay is set to 0 here."""
    return bool(_keyshield()())


@cache
def _directory() -> Path:
    return Path(tempfile.mkdtemp())


@cache
def _drf() -> Check:
    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["rest_framework", "rest_framework_api_key"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": _directory() / "drf.sqlite"}},
    )
    django.setup()
    from django.core.management import call_command
    from django.test import RequestFactory
    from rest_framework_api_key.models import APIKey
    from rest_framework_api_key.permissions import HasAPIKey

    call_command("migrate", verbosity=0)
    _, key = APIKey.objects.create_key(name="benchmark")
    request = RequestFactory().get("/", HTTP_AUTHORIZATION=f"Api-Key {key}")
    permission = HasAPIKey()
    return lambda: permission.has_permission(request, None)


@cache
def _keygate() -> Check:
    from keygate import KeyGate
    from starlette.requests import Request
    from starlette.responses import Response

    gate = KeyGate(db_url=f"sqlite:///{_directory() / 'keygate.sqlite'}", default_per_minute=None)
    key = gate.create_key("org_acme", scopes=["runtime"]).key
    request = Request({"type": "http", "headers": [(b"x-api-key", key.encode())]})
    response = Response()
    return lambda: gate.require(request, response)


@cache
def _keyshield() -> Check:
    from keyshield import ApiKeyService
    from keyshield.hasher.argon2 import Argon2ApiKeyHasher
    from keyshield.repositories.in_memory import InMemoryApiKeyRepository

    loop = asyncio.new_event_loop()
    hasher = Argon2ApiKeyHasher(pepper="a pepper of at least 16 characters")
    service = ApiKeyService(InMemoryApiKeyRepository(), hasher, min_delay=0, max_delay=0)
    _, key = loop.run_until_complete(service.create(name="benchmark", scopes=["runtime"]))
    return lambda: loop.run_until_complete(service.verify_key(key, required_scopes=["runtime"]))
