"""The converters of docs/import.md, run as they are printed, and what they write, imported."""

import json
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.exports import batches, converter, kong, new, unkey, usage_plans
from tests.integration.import_keys.conftest import Function
from tests.printed import code, page


@pytest.mark.parametrize(
    ("heading", "export"),
    [("API Gateway usage plans", usage_plans), ("Unkey", unkey), ("Kong key-auth", kong)],
    ids=["usage plans", "unkey", "kong"],
)
def test_a_converters_batches_are_imported_and_every_key_works(
    function: Function, tmp_path: Path, heading: str, export: Any
) -> None:
    organization, secrets = f"org_{uuid.uuid4().hex[:12]}", new(103)
    made = batches(heading, export(secrets, organization), tmp_path)
    assert [len(batch["keys"]) for batch in made] == [100, 3]
    for batch in made:
        answer = function(*batch["keys"])
        assert answer["imported"] == len(batch["keys"]), answer
    assert {function.verdict(secret) for secret in (secrets[0], secrets[1], secrets[-1])} == {organization}


def test_a_key_that_was_disabled_stays_disabled(function: Function, tmp_path: Path) -> None:
    organization, [secret] = f"org_{uuid.uuid4().hex[:12]}", new(1)
    for heading, export in (
        ("API Gateway usage plans", usage_plans([secret], organization)),
        ("Unkey", unkey([secret[::-1]], organization)),
    ):
        [item] = export["items"] if isinstance(export, dict) else export
        item["enabled"] = False
        folder = tmp_path / heading.partition(" ")[0]
        folder.mkdir()
        [batch] = batches(heading, export, folder)
        function(*batch["keys"])
    assert function.verdict(secret) == function.verdict(secret[::-1]) == "disabled"


@pytest.mark.parametrize(
    ("heading", "export", "named"),
    [
        ("API Gateway usage plans", usage_plans(new(1), ""), "id00000000 has no customerId."),
        ("Unkey", [one | {"identity": None} for one in unkey(new(1), "")], "has no owner."),
        ("Unkey", unkey(new(1), ""), "has no owner."),
    ],
    ids=["usage plans", "unkey without an identity", "unkey"],
)
def test_a_key_without_an_owner_stops_the_converter(
    tmp_path: Path, heading: str, export: Any, named: str
) -> None:
    with pytest.raises(subprocess.CalledProcessError) as stopped:
        batches(heading, export, tmp_path)
    assert stopped.value.stderr.strip().endswith(named)
    assert list(tmp_path.glob("batch-*")) == []


def test_a_converter_has_at_most_ten_lines() -> None:
    for heading in ("API Gateway usage plans", "Unkey", "Kong key-auth"):
        assert len([line for line in converter(heading).splitlines() if line.strip()]) <= 10, heading


def test_the_pages_batch_is_imported(function: Function) -> None:
    batch, answer = (json.loads(block) for block in code(page("import.md"), "json"))
    told = function(*({**key, "organization_id": "org_page"} for key in batch["keys"]))
    assert {one["result"] for one in told["keys"]} <= {"imported", "already_there"}
    assert answer.keys() == told.keys()
    refused = function({**batch["keys"][0], "secret": "short"})
    assert refused["keys"][0] == answer["keys"][1]
