"""How many cases are tried.

FUZZ_CASES is their number for each test of Hypothesis, and the two-hundredth part of it for the storm:
`make fuzz` tries a million of these and a hundred thousand of those.
"""

import os

from hypothesis import settings

settings.register_profile("fuzz", max_examples=int(os.environ.get("FUZZ_CASES", "100")), deadline=None)
settings.load_profile("fuzz")
