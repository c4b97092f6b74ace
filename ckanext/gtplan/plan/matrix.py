"""The evaluation matrix of standards: scores by criterion, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .follow.rounding import HUNDREDTH, compute_rate, round_half_up
from .registers import Criterion, Score, Standard


@dataclass(frozen=True, kw_only=True)
class MatrixRow:
    """A standard and what it got.

    Attributes:
        standard: the standard.
        scores: by criterion, those that were given.
        total: from 0 to 100, of the criteria that were scored; None when none counts.
        given: how many scores there are.
        expected: how many there should be.
        rank: the place among the standards that have every score, the same for the same total;
            None while a score is missing.
    """

    standard: Standard
    scores: Mapping[str, Score]
    total: Decimal | None
    given: int
    expected: int
    rank: int | None = None

    @property
    def is_final(self) -> bool:
        """Tell whether every criterion was scored, so that the total is one."""
        return self.total is not None and self.given == self.expected


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """The standards by the criteria, in the order of their tables."""

    criteria: tuple[Criterion, ...]
    rows: tuple[MatrixRow, ...]

    @property
    def given(self) -> int:
        """Count the scores that there are."""
        return sum(row.given for row in self.rows)

    @property
    def expected(self) -> int:
        """Count the scores that there should be."""
        return sum(row.expected for row in self.rows)

    @property
    def completeness(self) -> Decimal | None:
        """Give the percentage of pairs that have a score; None of no pairs."""
        return compute_rate(self.given, self.expected)


def compute_matrix(
    standards: Iterable[Standard], criteria: Iterable[Criterion], scores: Iterable[Score]
) -> Matrix:
    """Lay out the scores and compute each standard's total.

    A total is ``100·Σ(weight·score ÷ max_score) ÷ Σ weight``. While scores are missing it is of
    those that there are, and not final. Scores of standards or criteria that are not there are
    left out.
    """
    ordered = tuple(criteria)
    known = {criterion.criterion_id for criterion in ordered}
    found: dict[str, dict[str, Score]] = {}
    for score in scores:
        if score.criterion_id in known:
            found.setdefault(score.standard_id, {})[score.criterion_id] = score
    rows = [_make_row(each, ordered, found.get(each.standard_id, {})) for each in standards]
    totals = sorted(
        (row.total for row in rows if row.total is not None and row.is_final), reverse=True
    )
    return Matrix(criteria=ordered, rows=tuple(_rank(row, totals) for row in rows))


def _make_row(
    standard: Standard, criteria: tuple[Criterion, ...], scores: Mapping[str, Score]
) -> MatrixRow:
    counted = [
        (criterion, scores[criterion.criterion_id])
        for criterion in criteria
        if criterion.criterion_id in scores and criterion.max_score > 0
    ]
    weights = sum((criterion.weight for criterion, _ in counted), Decimal(0))
    total = None
    if weights > 0:
        points = sum((c.weight * s.score / c.max_score for c, s in counted), Decimal(0))
        total = round_half_up(100 * points / weights, HUNDREDTH)
    return MatrixRow(
        standard=standard, scores=scores, total=total, given=len(scores), expected=len(criteria)
    )


def _rank(row: MatrixRow, totals: list[Decimal]) -> MatrixRow:
    if row.total is None or not row.is_final:
        return row
    return MatrixRow(
        standard=row.standard,
        scores=row.scores,
        total=row.total,
        given=row.given,
        expected=row.expected,
        rank=totals.index(row.total) + 1,
    )
