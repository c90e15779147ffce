"""How hard Hypothesis tries: HYPOTHESIS_PROFILE=deep for `nox -s fuzz`, else quickly."""

import os

from hypothesis import settings

# deadline=None: the machines that run this are small and shared, a slow example is no failure.
settings.register_profile(
    "default", deadline=None, max_examples=50, derandomize=os.environ.get("CI") == "true"
)
settings.register_profile("deep", deadline=None, max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
