"""The checks before a method's integration. A call that fails one of them never reaches it.

In order: `guards` (which there are, and how they decide together), `resource_policy` with `conditions`,
`schemes` (what a security scheme means), `authorizer` with `policy`, and `validation`.
"""
