"""What a person starts: `make run`, the gateway's command, and each event of events/ in its function.

Every test here waits for its own program, which is why the quick suite leaves them out.
"""

from tests.integration.local.conftest import gateway, sample

__all__ = ["gateway", "sample"]
