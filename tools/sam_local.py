"""`make invoke`: run one function in Lambda's container, on the DynamoDB of this machine.

Owns how SAM CLI's containers reach that DynamoDB. Creates the tables of template.yaml there if they are
missing, and puts the endpoint into the built template, because `sam local` passes on only variables that the
template names. Must never reach an AWS account: its credentials are invented.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from botocore.exceptions import EndpointConnectionError

from local.functions.environment import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from local.services.dynamodb.tables import client, create_tables
from local.template.template import Template

ROOT = Path(__file__).parents[1]
BUILD = ROOT / ".aws-sam" / "invoke"
REGION = "eu-central-1"
ENVIRONMENT = {
    "SAM_CLI_TELEMETRY": "0",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
    "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
}

ARCHITECTURE = "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
# The first only chooses the container: packages run on both architectures. The second adds the last function.
PARAMETERS = ("--parameter-overrides", f"Architecture={ARCHITECTURE}", "ImportedKeys=true")

#: What Docker Desktop calls this machine; on Linux the name has to be given.
HOST = "host.docker.internal"


def reaching(built: Path, endpoint: str) -> Path:
    """A copy of the built template whose functions find the DynamoDB at `endpoint`, on this machine."""
    template = yaml.safe_load(built.read_text())
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    variables["AWS_ENDPOINT_URL_DYNAMODB"] = f"http://{HOST}:{urlsplit(endpoint).port}"
    path = built.with_suffix(".json")
    path.write_text(json.dumps(template))
    return path


def command(name: str, template: Path, *arguments: str) -> list[str]:
    """The command line of `sam local NAME`, in which containers find this machine as HOST."""
    image = f"public.ecr.aws/lambda/python:3.13-rapid-{ARCHITECTURE}"
    present = subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False)
    pull = ["--skip-pull-image"] if present.returncode == 0 else []
    host = ["--add-host", f"{HOST}:host-gateway"]
    return ["sam", "local", name, *arguments, "--template", str(template), *PARAMETERS, *host, *pull]


def main() -> None:
    """Make the tables, build the function, invoke it. Its answer alone is on the standard output."""
    parser = argparse.ArgumentParser(
        prog="make invoke", description="Invoke one function in Lambda's container."
    )
    parser.add_argument("function", metavar="FUNCTION", help="its logical id in template.yaml")
    parser.add_argument("event", metavar="EVENT", type=Path, help="a file with the event, as in events/")
    parser.add_argument("--endpoint", required=True, help="where DynamoDB is")
    options = parser.parse_args()
    template = Template.load(ROOT / "template.yaml", {}, REGION)
    if options.function not in template.functions:
        sys.exit(f"FUNCTION is one of {', '.join(sorted(template.functions))}.")
    if not options.event.is_file():
        sys.exit(f"EVENT is not a file: {options.event}. There is one for each function and case in events/.")
    try:
        create_tables(client(options.endpoint, REGION), template)
    except EndpointConnectionError:
        sys.exit(f"No DynamoDB listens on {options.endpoint}. Start one beside this: make dynamodb-local")
    environ = os.environ | ENVIRONMENT
    build = ["sam", "build", options.function, "--build-dir", str(BUILD)]
    try:
        built = subprocess.run(build, cwd=ROOT, env=environ, stdout=sys.stderr, check=False)
        if built.returncode:
            sys.exit(built.returncode)
        reached = reaching(BUILD / "template.yaml", options.endpoint)
        event = ("--event", str(options.event.resolve()))
        invoke = command("invoke", reached, options.function, *event)
        sys.exit(subprocess.run(invoke, cwd=ROOT, env=environ, check=False).returncode)
    except FileNotFoundError as missing:
        sys.exit(f"{missing.filename} is not installed. `sam local invoke` needs the SAM CLI and Docker.")


if __name__ == "__main__":
    main()
