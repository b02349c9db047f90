"""What API Gateway does and this gateway does not, said where it concerns a template.

Owns every such line of the REST API: it walks the methods at start, and has one for each that is concerned.
The line of a call to such a method gives the same reason. The guards are stricter for it, never more open.
What concerns other resources is said by `local.template`, which reads them.
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
