"""The names of resources, and the ARNs and URLs that contain them.

Owns which property names a resource of a kind, and the values of `Ref` and `Fn::GetAtt` for it. Reads only a
kind and a name.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from typing import Any

#: The account that everything local belongs to; the one that AWS's documentation uses.
ACCOUNT = "123456789012"

#: Where everything is, unless a caller says otherwise.
DEFAULT_REGION = "eu-central-1"

#: The name of a stack that nobody named. The id of a stack's REST API is the stack's name.
STACK = "local"

_ARNS = {
    "AWS::DynamoDB::GlobalTable": "dynamodb:{region}:{account}:table/{name}",
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::Events::EventBus": "events:{region}:{account}:event-bus/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::Kinesis::Stream": "kinesis:{region}:{account}:stream/{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
    "AWS::SecretsManager::Secret": "secretsmanager:{region}:{account}:secret:{name}",
    "AWS::StepFunctions::StateMachine": "states:{region}:{account}:stateMachine:{name}",
    # Of a table. Only the store knows the label of its latest stream.
    "StreamArn": "dynamodb:{region}:{account}:table/{name}/stream/latest",
}

#: The property that gives a resource its name.
NAME_PROPERTIES = {
    "AWS::ApiGateway::Model": "Name",
    "AWS::ApiGateway::Stage": "StageName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}

#: The attributes that say what `Ref` says.
SAME_AS_REF = {
    "APIKeyId",
    "AuthorizerId",
    "Id",
    "QueueUrl",
    "RequestValidatorId",
    "ResourceId",
    "RestApiId",
}

# What `Ref` is where it is not the name.
_ARN_BY_REF = {"AWS::SNS::Topic", "AWS::SecretsManager::Secret", "AWS::StepFunctions::StateMachine"}


def arn(kind: str, region: str, name: str) -> str:
    """The ARN of a resource. For a kind that nothing local knows it names no service."""
    pattern = _ARNS.get(kind, "local:{region}:{account}:{name}")
    return "arn:aws:" + pattern.format(region=region, account=ACCOUNT, name=name)


def reference(kind: str, region: str, name: str) -> str:
    """What `Ref` of a resource is: mostly its name, for some kinds its ARN or URL."""
    if kind == "AWS::SQS::Queue":
        return f"https://sqs.{region}.amazonaws.com/{ACCOUNT}/{name}"
    return arn(kind, region, name) if kind in _ARN_BY_REF else name


def pseudo_parameters(region: str, stack: str) -> dict[str, Any]:
    """What `Ref` of each pseudo parameter is in a stack, but for AWS::NoValue.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
    """
    return {
        "AWS::AccountId": ACCOUNT,
        "AWS::NotificationARNs": [],
        "AWS::Partition": "aws",
        "AWS::Region": region,
        "AWS::StackId": f"arn:aws:cloudformation:{region}:{ACCOUNT}:stack/{stack}/local",
        "AWS::StackName": stack,
        "AWS::URLSuffix": "amazonaws.com",
    }
