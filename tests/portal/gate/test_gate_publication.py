"""What the portal publishes by itself is complete; where people made it incomplete, it says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ckan.plugins import toolkit as tk
from gating import lacking
from publishing import DATASET, MILESTONE, Load, build, keep_plan, patch, remove_plan, show
from reading import act


@pytest.fixture(autouse=True)
def plan(load: Load) -> Iterator[None]:
    yield from keep_plan(load)


@pytest.fixture(scope="module", autouse=True)
def _leave_nothing(shared_app: Any) -> Iterator[None]:
    yield
    remove_plan(shared_app)


def test_published_datasets_lack_nothing() -> None:
    assert show(DATASET)["private"] is False
    assert lacking(DATASET) == set()


def test_what_people_left_incomplete_stays_private_and_is_named() -> None:
    patch(MILESTONE, private=True)
    build(MILESTONE)
    added = act("resource_create", package_id=DATASET, url="https://datos.example.org/x.pdf")
    patch(MILESTONE, private=False)
    before = show(DATASET)
    with pytest.raises(tk.ValidationError) as refused:
        build(MILESTONE)
    assert str(refused.value).startswith(f"{DATASET}: ")
    assert "Título" in str(refused.value)
    assert show(DATASET) == before
    assert before["private"] is True
    act("resource_delete", id=added["id"])
    build(MILESTONE)
    assert show(DATASET)["private"] is False
