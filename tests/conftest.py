"""What tests of every part share."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.estate.fixtures"]

# A loaded machine is no failure: neither a slow draw nor a slow example says anything.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")
