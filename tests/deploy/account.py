"""An AWS account as far as the emulator is one.

Owns what `sam deploy` does on the way to CloudFormation: uploads, a change set, its execution.
SAM's transform and AWS::Include are left to CloudFormation. Must never touch an AWS account: the endpoint is
the emulator's, and the credentials are made up.
"""

import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from samtranslator.yaml_helper import yaml_parse

REGION = "eu-central-1"
ACCOUNT = "123456789012"
_BUCKET = "deployments"
_LONGEST_S = 300


class DeploymentError(AssertionError):
    """A stack could not be created, updated or deleted. Says why, resource by resource."""


@dataclass(frozen=True)
class Stack:
    """`resources` are the stack's own, by logical id, each as in its last event."""

    id: str
    status: str
    outputs: Mapping[str, str]
    resources: Mapping[str, Mapping[str, Any]]


class Account:
    """The emulator as an AWS account. `client` is boto3's, of any service."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._changes = 0
        self.client("s3").create_bucket(
            Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )

    def client(self, service: str, account: str = ACCOUNT) -> Any:
        """The emulator takes a number of 12 digits as access key for the account of that number."""
        any_service: Callable[..., Any] = boto3.client
        return any_service(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=account,
            aws_secret_access_key="emulator",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=120),
        )

    def invoke(self, function: str, event: Any) -> Any:
        """A function's answer, or {"errorMessage": ...}."""
        answer = self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
        return json.load(answer["Payload"])

    def packaged(self, path: Path) -> dict[str, Any]:
        """A template of this repository, with its code and files uploaded.

        Functions get their sources, not what `sam build` makes of them: tests/sam_local runs that.
        """
        template: dict[str, Any] = yaml_parse(path.read_text())
        everybodys = template.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
        uploaded: dict[Path, str] = {}
        for resource in template["Resources"].values():
            properties = resource.get("Properties", {})
            match resource["Type"]:
                case "AWS::Serverless::Function":
                    folder = path.parent / properties.get("CodeUri", everybodys)
                    if folder not in uploaded:
                        name = f"{path.parent.name}-{len(uploaded)}.zip"
                        uploaded[folder] = self._upload(name, zipped(folder))
                    properties["CodeUri"] = f"s3://{_BUCKET}/{uploaded[folder]}"
                case "AWS::CloudFormation::Stack":
                    nested = yaml_parse((path.parent / properties["TemplateURL"]).read_text())
                    properties["TemplateURL"] = self._template_url(properties["TemplateURL"], nested)
                case "AWS::Serverless::Api":
                    include = properties["GatewayResponses"]["Fn::Transform"]["Parameters"]
                    file = path.parent / include["Location"]
                    include["Location"] = f"s3://{_BUCKET}/{self._upload(file.name, file.read_bytes())}"
        return template

    def deploy(self, name: str, template: Mapping[str, Any], **parameters: str) -> Stack:
        """Create or update a stack. Raises DeploymentError."""
        cloudformation = self.client("cloudformation")
        exists = any(one["StackName"] == name for one in cloudformation.describe_stacks()["Stacks"])
        self._changes += 1
        change = cloudformation.create_change_set(
            StackName=name,
            ChangeSetName=f"change-{self._changes}",
            ChangeSetType="UPDATE" if exists else "CREATE",
            TemplateURL=self._template_url(f"{name}-{self._changes}.json", template),
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        )
        which = {"ChangeSetName": change["Id"], "StackName": name}
        made = _ended(lambda: cloudformation.describe_change_set(**which), "Status")
        if made["Status"] != "CREATE_COMPLETE":
            raise DeploymentError(f"{name}: {made.get('StatusReason')}")
        cloudformation.execute_change_set(**which)
        stack = self._settled(change["StackId"])
        if stack.status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise DeploymentError(f"{name} is {stack.status}: {self._failures(stack)}")
        return stack

    def delete(self, stack: Stack) -> Stack:
        """Delete a stack; what it says of its resources then. Raises DeploymentError."""
        self.client("cloudformation").delete_stack(StackName=stack.id)
        gone = self._settled(stack.id)
        if gone.status != "DELETE_COMPLETE":
            raise DeploymentError(f"{gone.id} is {gone.status}: {self._failures(gone)}")
        return gone

    def _settled(self, stack_id: str) -> Stack:
        cloudformation = self.client("cloudformation")
        told = _ended(lambda: cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0], "StackStatus")
        events = cloudformation.describe_stack_events(StackName=stack_id)["StackEvents"]
        own = [one for one in reversed(events) if one["LogicalResourceId"] != told["StackName"]]
        resources = {one["LogicalResourceId"]: one for one in own}
        outputs = {one["OutputKey"]: one["OutputValue"] for one in told.get("Outputs", [])}
        return Stack(stack_id, told["StackStatus"], outputs, resources)

    def _failures(self, stack: Stack) -> str:
        return "; ".join(
            f"{name}: {one.get('ResourceStatusReason')}"
            for name, one in stack.resources.items()
            if one["ResourceStatus"].endswith("FAILED")
        )

    def _template_url(self, name: str, template: Mapping[str, Any]) -> str:
        key = self._upload(name, json.dumps(template).encode())
        return f"https://{_BUCKET}.s3.{REGION}.amazonaws.com/{key}"

    def _upload(self, name: str, body: bytes) -> str:
        self.client("s3").put_object(Bucket=_BUCKET, Key=name, Body=body)
        return name


def zipped(folder: Path) -> bytes:
    """The folder as Lambda takes it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sorted(folder.rglob("*")):
            if one.is_file() and "__pycache__" not in one.parts:
                archive.write(one, one.relative_to(folder))
    if not archive.namelist():
        raise FileNotFoundError(f"{folder} holds no files")
    return file.getvalue()


def _ended(look: Callable[[], dict[str, Any]], status: str) -> dict[str, Any]:
    deadline = time.monotonic() + _LONGEST_S
    while (seen := look())[status].endswith(("_IN_PROGRESS", "_PENDING")):
        if time.monotonic() > deadline:
            raise DeploymentError(f"still {seen[status]} after {_LONGEST_S} s")
        time.sleep(0.2)
    return seen
