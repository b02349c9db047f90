"""The domain: what a key is, what its scopes open, and where keys are kept.

Owns the rules. Must never know of HTTP, of a Lambda event, or of the environment. The authorizer imports
`scope` and `secret`, so these import only modules of the standard library that cost nothing.
"""
