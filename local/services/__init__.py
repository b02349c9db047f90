"""The AWS services that the API and its functions use: DynamoDB, CloudWatch Logs, and all others."""
