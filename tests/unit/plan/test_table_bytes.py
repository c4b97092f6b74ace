"""A published table has its rows in one order, and its bytes read back as what was written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from csv_tables import read_csv
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.model import Commitment, Milestone, Modification
from ckanext.gtplan.plan.tables import rows
from ckanext.gtplan.plan.tables.tables import list_columns, make_table, to_csv


class TestOrder:
    """Rows come in the same order whatever order the records come in."""

    def test_milestones(self) -> None:
        plan = read_plan()
        commitments = [
            Commitment(id=f"p-c{n}", title="t", action_plan=plan.id, commitment_number=n)
            for n in (10, 9, 2)
        ]
        milestones = [
            Milestone(id=f"{c.id}-h{n}", title="t", commitment=c.id, number=n)
            for c in commitments
            for n in ("10", "2.10", "2", "2.9", "9")
        ]
        table = rows.make_milestones(plan, commitments, milestones, {}, {})
        printed = [(row["compromiso"], row["hito_no"]) for row in read_csv(table)]
        assert printed == [
            (f"p-c{n}", number) for n in (2, 9, 10) for number in ("2", "2.9", "2.10", "9", "10")
        ]
        again = rows.make_milestones(plan, commitments[::-1], milestones[::-1], {}, {})
        assert to_csv(again) == to_csv(table)

    def test_commitments_without_number_follow_by_code(self) -> None:
        plan = read_plan()
        commitments = [
            Commitment(id=f"x{code}", title="t", action_plan=plan.id, ogp_id=code)
            for code in ("GT0003", "GT0001", "GT0002")
        ]
        table = rows.make_commitments(plan, commitments, (), {})
        assert [row["codigo_ogp"] for row in read_csv(table)] == ["GT0001", "GT0002", "GT0003"]


TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc")) | st.sampled_from("\n\r\t\",'"))


class TestBytes:
    """A CSV follows RFC 4180, can be opened safely, and reads back as what was written."""

    @given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
    def test_texts_read_back(self, pairs: list[tuple[str, str]]) -> None:
        names = [column.name for column in list_columns("areas")]
        blank = dict.fromkeys(names)
        table = make_table("areas", [{**blank, "area": a, "objetivo": b} for a, b in pairs])
        printed = [(row["area"], row["objetivo"]) for row in read_csv(table)]
        at = (names.index("area"), names.index("objetivo"))
        assert printed == [(row[at[0]] or "", row[at[1]] or "") for row in table.rows]
        for row, pair in zip(printed, pairs, strict=True):
            for text, given_text in zip(row, pair, strict=True):
                assert not text.startswith(("=", "+", "-", "@", "\t"))
                written = given_text.replace("\r\n", "\n").replace("\r", "\n").strip(" \n")
                assert text in (written, f"'{written}")

    @pytest.mark.parametrize("text", ["=1+1", "+502", "-", "@SUM(A1)", " =1+1", "\n=1", "\t=1"])
    def test_no_text_is_a_formula(self, text: str) -> None:
        blank = dict.fromkeys(column.name for column in list_columns("areas"))
        [row] = read_csv(make_table("areas", [{**blank, "area": text}]))
        assert row["area"] == "'" + text.strip(" \n")

    def test_numbers_stay_numbers(self) -> None:
        blank = dict.fromkeys(column.name for column in list_columns("presupuesto"))
        cells = {"monto": Decimal("-1E+3"), "cantidad": Decimal("0.10")}
        [row] = read_csv(make_table("presupuesto", [{**blank, **cells}]))
        assert (row["monto"], row["cantidad"]) == ("-1000", "0.10")

    def test_a_row_that_lacks_a_column_is_refused(self) -> None:
        with pytest.raises(KeyError):
            make_table("areas", [{"area": "x"}])

    @given(
        st.integers(1, 9999),
        st.none() | st.integers(1, 12),
        st.none() | st.integers(1, 28),
    )
    def test_a_date_is_its_first_to_its_last_day(
        self, year: int, month: int | None, day: int | None
    ) -> None:
        start = PartialDate(year=year, month=month, day=day if month else None)
        milestone = Milestone(
            id="m", title="t", commitment="c", number="1", planned_start=start, planned_end=start
        )
        commitment = Commitment(id="c", title="t", action_plan="p")
        plan = read_plan()
        [row] = read_csv(rows.make_milestones(plan, (commitment,), (milestone,), {}, {}))
        first = date.fromisoformat(row["fecha_inicio_planificada"])
        last = date.fromisoformat(row["fecha_fin_planificada"])
        assert str(first).startswith(str(start)) and str(last).startswith(str(start))
        assert (first == last) == (row["precision_inicio"] == "día")


def read_plan() -> rows.ActionPlan:
    return rows.ActionPlan(id="p", title="t", plan_number=1, country="GTM", cycle_year=2020)


def test_a_field_is_named_as_people_know_it() -> None:
    entry = Modification(seq=1, target="p", change_type="added", summary="s", field="unknown_x")
    [row] = read_csv(rows.make_modifications(read_plan(), (entry,)))
    assert row["campo"] == "unknown_x"
