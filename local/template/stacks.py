"""Several stacks that run together.

Owns what must differ between them: the names of functions, tables and logs, which have no stack's name in
front of them on this machine.
"""

from collections import Counter
from collections.abc import Sequence

from local.template.parameters import TemplateError
from local.template.template import Template


class Stacks:
    """The templates that are served, and what all of them have. Raises TemplateError if two clash."""

    def __init__(self, templates: Sequence[Template]) -> None:
        self.templates = templates
        names = Counter(name for one in templates for name in _names(one))
        if twice := sorted(name for name, count in names.items() if count > 1):
            raise TemplateError(
                f"Two of the templates have {', '.join(twice)}. Here, no two may have one name."
            )
        self.functions = {name: function for one in templates for name, function in one.functions.items()}
        self.unserved = {name: reason for one in templates for name, reason in one.unserved.items()}
        self.aliases = {alias: name for one in templates for alias, name in one.aliases.items()}
        self.subscription_filters = [one for each in templates for one in each.subscription_filters]
        self.event_sources = [one for each in templates for one in each.event_sources]


def _names(template: Template) -> set[str]:
    api = template.api
    return {
        *template.functions,
        *template.unserved,
        *template.aliases,
        *(table["TableName"] for table in template.tables),
        *([api.access_log.log_group] if api.access_log else []),
        f"the API's URL {api.address}",
        *(f"the usage plan {name}" for name in api.keys.plans),
        f"the stack {api.id}",
    }
