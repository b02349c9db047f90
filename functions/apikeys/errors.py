"""The ways in which a call on keys can fail.

Owns the tree of errors; `operation.answer` maps it to HTTP, in one place. The text of each error is shown
to the caller, so it says what to do, and must never hold a secret or a digest.
"""


class ApiKeyError(Exception):
    """Anything that the caller of an operation is told about."""


class InvalidInputError(ApiKeyError):
    """What was sent has the wrong shape."""


class TooLargeError(ApiKeyError):
    """What was sent is larger than any good call needs."""


class UnauthorizedError(ApiKeyError):
    """The ticket, code or key that was sent does not sign anyone in."""


class ForbiddenError(ApiKeyError):
    """The caller is known, but may not do this."""


class NotFoundError(ApiKeyError):
    """There is no such key in the caller's organization, whether or not there is one in another."""


class ConflictError(ApiKeyError):
    """The key is in a state that does not allow this, or another call is changing it."""


class UnavailableError(ApiKeyError):
    """Something that the call needs gives no clear answer. The same call may succeed in a moment."""


class ProviderUnavailableError(UnavailableError):
    """The identity provider cannot be reached, or its answer is not valid."""


class StoreUnavailableError(UnavailableError):
    """The key store cannot be reached, is throttled, or its answer is not valid."""


class ConfigurationError(UnavailableError):
    """A parameter of the deployment is not valid. The text names the entry that the operator has to fix."""
