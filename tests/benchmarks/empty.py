"""The handler that does nothing: what a cold start costs whatever the function does."""


def handler(_event: object, _context: object) -> dict[str, object]:
    """Answer an empty object."""
    return {}
