"""Features of API Gateway that this gateway does not have, reported if a template uses them.

Owns these lines for the REST API: it checks all methods at start, and prints a line for each one that uses
such a feature. A call of such a method logs the same reason. The guards are then stricter, never more open.
`local.template` reports the features of other resources.
"""

from collections.abc import Iterable, Iterator

from local.api.guards.guards import Guards
from local.api.integrations.integrations import Integrations
from local.api.request.routes import Route


def warnings(routes: Iterable[Route], guards: Guards, integrations: Integrations) -> Iterator[str]:
    """A line for each thing that the API asks for and does not get here."""
    yield from guards.warnings()
    for route in routes:
        if problem := route.problem or integrations.problem(route):
            yield f"{route}: always answered by 500, {problem.rstrip('.')}."
