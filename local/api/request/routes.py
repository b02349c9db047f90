"""Which method of the REST API a request is for.

Owns the match of verb and path against the paths of the OpenAPI body. A path is matched, and its parameters
are handed on, as the client encoded it. REST APIs do so for functions, unlike HTTP APIs
(https://github.com/aws/aws-sam-cli/issues/3524); what an HTTP upstream gets is (unproven), as AWS says that
parameters are decoded for a backend
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html).
Must never look at anything but verb and path.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.template.body import VERBS
from local.template.plain_api import ANY, PROBLEM

# SAM writes `Authorizer: NONE` as a scheme of this name, which it does not define.
_OPEN = "NONE"

_PARAMETER = re.compile(r"\{([^{}+]+)(\+?)\}")


@dataclass(frozen=True)
class Route:
    """One method of one resource. `security` names the schemes of the body that guard it.

    `method` and `path` are the entries of both in the body. `problem` says why the method cannot be read.
    """

    resource: str
    integration: Mapping[str, Any]
    security: tuple[str, ...]
    verb: str = "ANY"
    problem: str | None = None
    method: Mapping[str, Any] = field(default_factory=dict)
    path: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}"


@dataclass(frozen=True)
class Match:
    """The route that a request is for, and the values of its path parameters."""

    route: Route
    parameters: dict[str, str]


class _Resource:
    """One path of the body, with its methods."""

    def __init__(self, path: str, methods: Mapping[str, Any], security: Any) -> None:  # noqa: ANN401 - OpenAPI
        self.names: list[str] = []
        self.rank: list[int] = []
        pattern = []
        # It is (unproven) that a function gets it without the slash at its end.
        path = path.rstrip("/") or "/"
        for segment in path.split("/"):
            parameter = _PARAMETER.fullmatch(segment)
            if parameter:
                self.names.append(parameter[1])
            self.rank.append(1 + bool(parameter[2]) if parameter else 0)
            pattern.append(("([^/]+)", "(.+)")[bool(parameter[2])] if parameter else re.escape(segment))
        self._pattern = re.compile("/".join(pattern), re.DOTALL)
        self.routes = {
            (verb := "ANY" if name == ANY else name.upper()): Route(
                path,
                method.get("x-amazon-apigateway-integration", {}),
                tuple(
                    scheme
                    for entry in method.get("security", security)
                    for scheme in entry
                    if scheme != _OPEN
                ),
                verb,
                method.get(PROBLEM),
                method,
                methods,
            )
            for name, method in methods.items()
            if name in VERBS | {ANY}
        }

    def match(self, path: str) -> dict[str, str] | None:
        """The values of the parameters, or None when the path is another one."""
        found = self._pattern.fullmatch(path)
        return dict(zip(self.names, found.groups(), strict=True)) if found else None


class Routes:
    """All routes of an OpenAPI body."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        security = body.get("security", [])
        resources = [_Resource(path, methods, security) for path, methods in body.get("paths", {}).items()]
        self._resources = sorted(resources, key=lambda resource: resource.rank)

    def __iter__(self) -> Iterator[Route]:
        return (route for resource in self._resources for route in resource.routes.values())

    def match(self, verb: str, path: str) -> Match | None:
        """The route of a request, or None. Of two paths with its verb the more literal wins.

        A slash at the end does not count
        (https://github.com/aws-powertools/powertools-lambda-python/pull/1577).
        """
        # ANY means the verbs that API Gateway knows, and no others.
        if verb.lower() not in VERBS:
            return None
        for resource in self._resources:
            route = resource.routes.get(verb) or resource.routes.get("ANY")
            parameters = resource.match(path.removesuffix("/") or "/") if route else None
            if route and parameters is not None:
                return Match(route, parameters)
        return None
