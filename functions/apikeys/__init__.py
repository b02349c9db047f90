"""The domain: what a key is, what its scopes open, and where keys are kept.

Owns the rules. Must never know of HTTP, of a Lambda event, or of the environment. `scope` and `secret`
are imported by the authorizer, so they stay within the parts of the standard library that cost nothing
to import.
"""
