"""`python -m tools.openapi`: write docs/openapi.yaml, which describes the whole HTTP interface.

Owns what is in no other source: statuses, examples, and the form of errors. Routes come from template.yaml,
fields from the functions' models, summaries from their docstrings, and scopes from the table of scopes. The
reference backend is behind two routes of any verb; tools/runtime.yaml describes it.
"""

from tools.openapi.document import DOCUMENT, text

__all__ = ["DOCUMENT", "text"]
