"""How many cases each test tries: some in the suite; with `make fuzz`, more than a million in all."""

import os

from hypothesis import settings

settings.register_profile("fuzz", max_examples=int(os.environ.get("FUZZ_CASES", "100")), deadline=None)
settings.load_profile("fuzz")
