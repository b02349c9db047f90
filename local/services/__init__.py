"""AWS's services around the API and its functions: DynamoDB, and CloudWatch Logs with its subscriptions."""
