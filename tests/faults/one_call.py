"""A function's process that is called once: HANDLER names the handler, EVENT is its event in JSON.

The last line that it prints is the answer.
"""

import importlib
import json
import os
from types import SimpleNamespace

module, _, name = os.environ["HANDLER"].rpartition(".")
context = SimpleNamespace(
    function_name="Function", aws_request_id="request-1", get_remaining_time_in_millis=lambda: 60_000
)
answer = getattr(importlib.import_module(module), name)(json.loads(os.environ["EVENT"]), context)
print(json.dumps(answer))  # noqa: T201 - see above
