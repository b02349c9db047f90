"""The environment variables of a function's process.

Must never pass on anything of the gateway's own environment.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from local.template.function import Function

#: What local code signs with. DynamoDB Local keeps one database for each access key.
ACCESS_KEY_ID, SECRET_ACCESS_KEY = "local", "local"

# Holds `sitecustomize.py` and nothing else.
_STARTUP = Path(__file__).with_name("python_startup")


#: Where AWS is for functions that nothing else was said to: a port that nobody listens on.
NOWHERE = "http://127.0.0.1:1"


def environment(
    function: Function,
    dynamodb_endpoint: str,
    aws_endpoint: str,
    bytecode: Path,
    own: Mapping[str, str],
) -> dict[str, str]:
    """All environment variables of a function's process: its own, those that Lambda sets, and ours.

    `bytecode` is the directory for that of the function's own code, `own` its own variables.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    log = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": function.log_level}
    return {
        # The same Python as the gateway's comes first, for functions that are started by a script.
        "PATH": os.pathsep.join(
            [
                str(Path(sys.executable).parent),
                "/usr/local/bin",
                "/usr/bin",
                "/bin",
                *(str(layer / "bin") for layer in function.layers),
            ]
        ),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        **own,
        **{name: value for name, value in log.items() if value and function.log_level},
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        # Each function has its own credentials, as it has its own role.
        "AWS_SESSION_TOKEN": function.name,
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        # No call leaves this machine: SDKs older than these variables are the exception.
        "AWS_ENDPOINT_URL": aws_endpoint,
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_endpoint,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        # The developer's own profiles stay out of reach.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
        "LOCAL_BYTECODE": str(bytecode),
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(_STARTUP), function.environment.get("PYTHONPATH"), *_layer_paths(function)])
        ),
    }


def _layer_paths(function: Function) -> list[str]:
    """Where a function's layers hold Python packages.

    A layer that SAM would build has them at its top.
    https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    paths = []
    for layer in function.layers:
        python = layer / "python"
        below = [python / "lib" / version / "site-packages", python] if python.is_dir() else [layer]
        paths += [str(path) for path in below if path.is_dir()]
    return paths
