"""How hypothesis works here: quickly, and with no clock that a busy machine could trip."""

import gc

from hypothesis import HealthCheck, settings

settings.register_profile(
    "unit", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unit")


def pytest_collection_finish() -> None:
    """Look through modules for garbage no more: it cost an eighth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
