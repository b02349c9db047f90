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


def test_the_authorizer_imports_nothing_that_makes_a_cold_start_dear() -> None:
    script = "import sys, authorizer.app; print(*{name.partition('.')[0] for name in sys.modules})"
    imported = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", script], cwd=FUNCTIONS, check=True, capture_output=True, text=True
    ).stdout.split()
    assert "authorizer" in imported
    assert not DEAR & set(imported)
