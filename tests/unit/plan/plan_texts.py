"""Plan files that tests write by hand, and what is found in them."""

from __future__ import annotations

from ckanext.gtplan.plan.files.checks import CheckedLoad, check_sources
from ckanext.gtplan.plan.files.tree import SourceFile
from ckanext.gtplan.plan.problems import PlanError, Problem

#: Six lines: what a load needs, so that what is under test begins on the seventh.
HEAD = """\
load: test
publication: {owner: gae, license_id: cc-by, frequency: eventual, contact_name: A,
  contact_email: a@example.org}
organizations: [{id: gae, title: GAE}]
action_plans: [{id: p4, title: Plan, plan_number: 4, country: GTM, cycle_year: 2018}]
regional_plans: [{id: r1, title: Region, plan_year: 2019}]
"""
#: Six lines more: what is added indented is a field of the commitment, on line 13.
COMMITMENT = """\
commitments:
  - id: c1
    title: Uno
    action_plan: p4
    start_date: 2018-11
    end_date: 2020-08-30
"""
#: Five lines more: what is added indented is a field of the milestone, on line 18.
MILESTONE = """\
milestones:
  - id: m1
    title: Hito
    commitment: c1
    number: 1
"""


def check(text: str | bytes | dict[str, str]) -> CheckedLoad:
    """Check a file named plan.yaml, or several."""
    files = text if isinstance(text, dict) else {"plan.yaml": text}
    sources = [
        SourceFile(name=name, data=data.encode() if isinstance(data, str) else data)
        for name, data in files.items()
    ]
    return check_sources(sources, "plan")


def find_problems(text: str | bytes | dict[str, str]) -> list[Problem]:
    """List what is wrong, or only odd, with a file."""
    try:
        return list(check(text).warnings)
    except PlanError as error:
        return list(error.problems)


def find_one(text: str | bytes | dict[str, str]) -> Problem:
    (problem,) = find_problems(text)
    return problem
