"""What stands before a method: whoever does not pass all of them never reaches an integration.

In order: `guards` (which there are, and how they decide together), `resource_policy` with `conditions`,
`schemes` (what a security scheme stands for), `authorizer` with `policy`, and `validation`.
"""
