"""Settings for all tests."""

from hypothesis import settings

# A loaded machine is no failure of the program: timings live in benchmarks/.
settings.register_profile("firecover", deadline=None, print_blob=True)
settings.load_profile("firecover")
