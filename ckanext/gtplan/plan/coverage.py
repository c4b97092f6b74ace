"""What was promised beside what is published: expected deliverables and their datasets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .model import ExpectedDeliverable


@dataclass(frozen=True, kw_only=True)
class DeliverableState:
    """An expected deliverable and the datasets that make it real.

    Attributes:
        expected: the product that the documents name.
        datasets: what is published of it. None is not late: nobody has reported on it
            (design: plan model, "unknown is not late").
    """

    expected: ExpectedDeliverable
    datasets: tuple[Mapping[str, Any], ...]

    @property
    def is_published(self) -> bool:
        """Tell whether there is a dataset."""
        return bool(self.datasets)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How many of the expected deliverables are published."""

    expected: int
    published: int


def match_deliverables(
    expected: Iterable[ExpectedDeliverable], datasets: Sequence[Mapping[str, Any]]
) -> list[DeliverableState]:
    """Put each dataset of a record beside the deliverable that it makes real.

    Args:
        expected: the deliverables of one record, in the order of its document.
        datasets: the datasets of that record; their ``deliverable`` is the key of one.
    """
    return [
        DeliverableState(
            expected=row,
            datasets=tuple(d for d in datasets if d.get("deliverable") == row.key),
        )
        for row in expected
    ]


def count_coverage(states: Iterable[DeliverableState]) -> Coverage:
    """Count the expected deliverables, and those of them that are published."""
    states = list(states)
    return Coverage(expected=len(states), published=sum(state.is_published for state in states))
