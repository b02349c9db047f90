import subprocess
import sys
from pathlib import Path

FUNCTIONS = Path(__file__).parents[3] / "functions"
DEAR = {
    "boto3",
    "botocore",
    "aws_lambda_powertools",
    "pydantic",
    "http",
    "urllib",
    "ssl",
    "dataclasses",
    "secrets",
}


def test_the_authorizer_imports_nothing_that_makes_a_cold_start_slow() -> None:
    script = "import sys, authorizer.app; print(*{name.partition('.')[0] for name in sys.modules})"
    imported = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", script], cwd=FUNCTIONS, check=True, capture_output=True, text=True
    ).stdout.split()
    assert "authorizer" in imported
    assert not DEAR & set(imported)


def test_what_every_call_on_aws_needs_is_there_once_the_module_is() -> None:
    assert "ssl" in imported_with("https://dynamodb.eu-central-1.amazonaws.com")


def test_an_endpoint_without_tls_does_not_pay_for_it() -> None:
    assert "ssl" not in imported_with("http://127.0.0.1:8000")


def imported_with(endpoint: str) -> list[str]:
    """The modules that a function with this environment has imported before its first call."""
    environ = {
        "KEY_TABLE": "KeyTable",
        "KEY_PREFIX": "sk_live_copia_",
        "SCOPES": "",
        "STACK": "stack",
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
    }
    script = "import sys, authorizer.app; print(*sys.modules)"
    return subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", script], cwd=FUNCTIONS, env=environ, check=True, capture_output=True, text=True
    ).stdout.split()
