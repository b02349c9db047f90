"""AWS around the API and its functions: DynamoDB, CloudWatch Logs and its subscriptions, and all the rest."""
