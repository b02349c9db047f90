"""The DynamoDB that local functions use: moto's in a process of its own, or any other by its endpoint."""
