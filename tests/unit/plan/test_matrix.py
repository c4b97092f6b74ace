"""The evaluation matrix: totals, what is final, and ranks."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.matrix import compute_matrix
from ckanext.gtplan.plan.registers import Criterion, Score, Standard


def standard(name: str) -> Standard:
    return Standard(standard_id=name, name=name.upper(), standard_status="collected")


def criterion(name: str, weight: str = "1", highest: str = "5") -> Criterion:
    return Criterion(
        criterion_id=name, name=name, weight=Decimal(weight), max_score=Decimal(highest)
    )


def score(row: str, column: str, points: str) -> Score:
    return Score(standard_id=row, criterion_id=column, score=Decimal(points), reason="R")


def test_total_is_weighed() -> None:
    matrix = compute_matrix(
        [standard("a")],
        [criterion("x", "2", "5"), criterion("y", "1", "10")],
        [score("a", "x", "5"), score("a", "y", "1")],
    )
    row = matrix.rows[0]
    assert row.total == Decimal("70.00")  # 100·(2·1 + 1·0.1) ÷ 3
    assert row.is_final
    assert row.rank == 1


def test_without_a_score_the_total_is_not_final() -> None:
    matrix = compute_matrix(
        [standard("a"), standard("b"), standard("c")],
        [criterion("x"), criterion("y")],
        [score("a", "x", "5"), score("b", "x", "1"), score("b", "y", "1")],
    )
    first, second, third = matrix.rows
    assert (first.total, first.given, first.expected) == (Decimal(100), 1, 2)
    assert not first.is_final
    assert first.rank is None
    assert second.rank == 1
    assert (third.total, third.rank, third.given) == (None, None, 0)
    assert (matrix.given, matrix.expected, matrix.completeness) == (3, 6, Decimal(50))


def test_the_same_total_is_the_same_rank() -> None:
    rows = compute_matrix(
        [standard("a"), standard("b"), standard("c")],
        [criterion("x")],
        [score("a", "x", "3"), score("b", "x", "4"), score("c", "x", "4")],
    ).rows
    assert [row.rank for row in rows] == [3, 1, 1]


def test_what_cannot_be_counted_is_left_out() -> None:
    rows = compute_matrix(
        [standard("a")],
        [criterion("x", "0"), criterion("z", "1", "0")],
        [score("a", "x", "3"), score("a", "z", "0"), score("b", "x", "1"), score("a", "w", "9")],
    ).rows
    assert [(row.total, row.given, row.is_final) for row in rows] == [(None, 2, False)]
    assert compute_matrix([], [], []).completeness is None
    assert compute_matrix([standard("a")], [], []).rows[0].total is None


WEIGHTS = st.decimals("0.1", 100, places=1)
SHARES = st.integers(0, 10)


@given(st.lists(st.tuples(WEIGHTS, SHARES), min_size=1, max_size=6))
def test_a_total_lies_between_its_scores(pairs: list[tuple[Decimal, int]]) -> None:
    criteria = [criterion(str(n), str(weight), "10") for n, (weight, _) in enumerate(pairs)]
    scores = [score("a", str(n), str(share)) for n, (_, share) in enumerate(pairs)]
    row = compute_matrix([standard("a")], criteria, scores).rows[0]
    shares = [Decimal(share * 10) for _, share in pairs]
    assert row.total is not None
    assert min(shares) - Decimal("0.01") <= row.total <= max(shares) + Decimal("0.01")
    assert row.is_final


@given(st.lists(st.tuples(WEIGHTS, SHARES), min_size=1, max_size=5), WEIGHTS)
def test_weights_count_only_beside_each_other(
    pairs: list[tuple[Decimal, int]], factor: Decimal
) -> None:
    totals = []
    for times in (Decimal(1), factor):
        criteria = [
            Criterion(criterion_id=str(n), name="C", weight=weight * times, max_score=Decimal(10))
            for n, (weight, _) in enumerate(pairs)
        ]
        scores = [score("a", str(n), str(share)) for n, (_, share) in enumerate(pairs)]
        totals.append(compute_matrix([standard("a")], criteria, scores).rows[0].total)
    assert totals[0] == totals[1]
