"""The Python client that openapi-python-client generates from docs/openapi.yaml, against a stack."""

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

import pytest

from tests.e2e.api import Api, eventually
from tests.e2e.conftest import ROOT

PACKAGE = "api_keys_client"

#: A module of the generated package, by its name there.
Module = Callable[[str], Any]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Module]:
    folder = tmp_path_factory.mktemp("client")
    # Without the formatter that it would look for in the path.
    (folder / "config.yaml").write_text("post_hooks: []\n")
    command = [
        sys.executable,
        "-m",
        "openapi_python_client",
        "generate",
        "--meta",
        "none",
        "--fail-on-warning",
    ]
    command += ["--path", str(ROOT / "docs" / "openapi.yaml"), "--config", str(folder / "config.yaml")]
    made = subprocess.run(  # noqa: S603 - the program of a pinned package
        [*command, "--output-path", str(folder / PACKAGE)], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield lambda name: importlib.import_module(f"{PACKAGE}.{name}")


def test_it_creates_lists_changes_rotates_and_revokes_a_key(generated: Module, api: Api) -> None:
    models: Any = generated("models")
    client = generated("client").AuthenticatedClient(base_url=api.url, token=api.admin_key)

    def call(name: str, *arguments: str, **named: object) -> Any:
        answer = generated(f"api.default.{name}").sync(*arguments, client=client, **named)
        assert not isinstance(answer, models.Error), answer
        return answer

    with client:
        created = call("create_key", body=models.CreateKeyBody(name="Generated"))
        api.secrets.append(created.secret)
        assert api.status(created.secret) == 200
        assert eventually(lambda: created.id in [key.id for key in call("list_keys").keys])
        changed = call("update_key", created.id, body=models.UpdateKeyBody(description="By a client"))
        assert changed.description == "By a client"
        renewed = call("rotate_key", created.id)
        api.secrets.append(renewed.secret)
        assert renewed.replaces == created.id
        for key in (created, renewed):
            assert call("revoke_key", key.id).revoked_at
        assert api.status(renewed.secret) == 401


def test_an_error_has_its_text(generated: Module, api: Api) -> None:
    with generated("client").AuthenticatedClient(base_url=api.url, token=api.admin_key) as client:
        answer = generated("api.default.get_key").sync("key_000000000000", client=client)
    assert isinstance(answer, generated("models").Error)
    assert answer.error == "There is no such key."


def test_the_page_names_the_version_that_is_tested() -> None:
    page = (ROOT / "docs" / "keys.md").read_text()
    assert f"openapi-python-client@{version('openapi-python-client')} generate" in page
