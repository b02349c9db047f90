"""The scopes of this deployment, from the function's environment.

Owns the reading of SCOPES, at the first call. It is not in `operation.environment`, so that a function
without boto3 can use it.
"""

import os
from functools import cache

from apikeys import scope_parameter
from apikeys.scope import ScopeTable


@cache
def scope_table() -> ScopeTable:
    """The built-in scopes and those of the parameter Scopes. Raises ConfigurationError."""
    return scope_parameter.scope_table(os.environ["SCOPES"])
