"""Functions in separate processes, which can be killed."""

import json
import os
import subprocess
import sys
from typing import Any

from local.template.template import Template
from tests.e2e.conftest import ROOT

# Far longer than a function takes to start and to reach its store, on any machine.
PATIENCE_S = 120


def start(
    template: Template, name: str, event: dict[str, Any], dynamodb: str, **variables: str
) -> "subprocess.Popen[str]":
    """The process of a function that is called once, with the store at the endpoint `dynamodb`."""
    function = template.functions[name]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.one_call"],
        cwd=ROOT,
        env=os.environ
        | function.environment
        | {
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SESSION_TOKEN": name,
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_ENDPOINT_URL_DYNAMODB": dynamodb,
            "EVENT": json.dumps(event),
            "HANDLER": function.handler,
            "PYTHONPATH": str(function.code),
        }
        | variables,
        stdout=subprocess.PIPE,
        text=True,
    )
