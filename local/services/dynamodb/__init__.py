"""The DynamoDB that local functions use: moto's in a separate process, or another one by its endpoint."""
