"""How hypothesis works here: quickly, and with no clock that a busy machine could trip."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "unit", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unit")
