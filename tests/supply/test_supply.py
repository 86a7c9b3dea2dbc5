"""The bill of what is shipped, its licences, and what an audit may say."""

import json
import re
from importlib.metadata import requires

import pytest

from tests.supply.__main__ import ROOT, SHIPPED, TOOLS, locked
from tests.supply.audit import FOUND, UNKNOWN, WELL, judged
from tests.supply.licences import ELSEWHERE, PERMISSIVE, licence, surprises, table
from tests.supply.licences import TOOLS as OF_TOOLS
from tests.supply.licences import allowed as may
from tests.supply.lock import Pin, pins
from tests.supply.sbom import bom

LOCK = """\
six==1.17.0 ; sys_platform == 'win32' \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via
    #   parley (pyproject.toml)
    #   wood
wood==2.0 \\
    --hash=sha256:{a}
    # via parley (pyproject.toml)
""".format(a="a" * 64, b="b" * 64)


def test_a_lock_file_is_read() -> None:
    assert list(pins(LOCK)) == [
        Pin("six", "1.17.0", "sys_platform == 'win32'", ("a" * 64, "b" * 64), ("parley", "wood")),
        Pin("wood", "2.0", "", ("a" * 64,), ("parley",)),
    ]


# Licences


def test_nothing_is_shipped_under_a_licence_that_binds_who_ships_it() -> None:
    assert surprises(locked(SHIPPED), PERMISSIVE) == {}
    assert surprises(locked(TOOLS), OF_TOOLS) == {}


def test_a_surprise_is_noticed() -> None:
    assert set(surprises(locked(TOOLS), PERMISSIVE)) == {"hypothesis", "pathspec"}
    assert surprises([Pin("of-tomorrow", "1", "", (), ())], PERMISSIVE) == {"of-tomorrow": ""}


@pytest.mark.parametrize(
    ("expression", "is_allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only AND MIT", False),
        ("AGPL-3.0-or-later", False),
        ("LGPL-2.1-only", False),
        ("SSPL-1.0", False),
        ("", False),
    ],
)
def test_of_an_or_one_may_choose_and_of_an_and_one_must_take_all(expression: str, is_allowed: bool) -> None:
    assert may(expression, PERMISSIVE) is is_allowed


def test_what_was_looked_up_by_hand_is_for_other_machines_alone() -> None:
    assert {pin.name for pin in locked(SHIPPED) if not pin.marker} & ELSEWHERE.keys() == set()


def test_the_page_of_licences_is_up_to_date() -> None:
    assert (ROOT / "docs" / "licences.md").read_text("utf-8") == table(locked(SHIPPED), locked(TOOLS))


# The bill


def test_the_bill_has_every_package_with_its_hashes_and_licence() -> None:
    made, shipped = bom(locked(SHIPPED)), locked(SHIPPED)

    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert [one["purl"] for one in made["components"]] == [pin.purl for pin in shipped]
    assert {len(one["hashes"]) > 0 and bool(one["licenses"]) for one in made["components"]} == {True}
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", made["serialNumber"])
    assert json.dumps(made) == json.dumps(bom(shipped))
    [valkey] = [inner for one in made["components"] for inner in one.get("components", ()) if inner["name"] == "valkey"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", valkey["version"])


def test_the_bill_tells_who_needs_whom() -> None:
    made = bom(locked(SHIPPED))
    needs = {one["ref"].partition("@")[0]: one["dependsOn"] for one in made["dependencies"]}
    told = {re.split(r"[ ;<>=!\[(]", text)[0].lower() for text in requires("typer") or () if "extra ==" not in text}

    assert {ref.split("/")[1].partition("@")[0] for ref in needs["pkg:pypi/typer"]} <= {*told, "colorama"}
    assert any(ref.startswith("pkg:pypi/anthropic@") for ref in needs["parley"])
    assert {ref for refs in needs.values() for ref in refs} == {one["purl"] for one in made["components"]}


def test_a_licence_is_told_for_each() -> None:
    assert [pin.name for pin in locked(TOOLS) if not licence(pin.name)] == []


# The audit

SEEN = {"name": "six", "version": "1.17.0", "vulns": []}
ILL = {"name": "wood", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
UNSEEN = {"name": "yarl", "skip_reason": "could not be audited"}


def test_an_audit_is_well_only_when_all_was_looked_up() -> None:
    assert judged([SEEN]) == (WELL, ["1 of 1 packages looked up, 0 advisories."])
    assert judged([SEEN, ILL]) == (
        FOUND,
        ["wood 2.0: PYSEC-1, mended in 2.1", "2 of 2 packages looked up, 1 advisories."],
    )


def test_an_audit_says_what_could_not_be_looked_up() -> None:
    code, lines = judged([SEEN, UNSEEN])
    worse, _ = judged([ILL, UNSEEN])

    assert (code, lines[-1]) == (UNKNOWN, "NOT CHECKED: no advisories can be had from here for yarl.")
    assert worse == FOUND
    assert judged([])[0] == UNKNOWN
    assert "for 5 packages." in judged([UNSEEN] * 5)[1][-1]
