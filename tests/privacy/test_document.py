"""docs/security.md says of every key in Redis what it is for and how long it lives, as core/store/keys.py has it."""

import re
from pathlib import Path

import pytest

from core.store import keys

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
TARGETS = set(
    re.findall(r"\w+", " ".join(re.findall(r"^([\w ]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)))
)
KEY = re.compile(r"^    ([a-z]\S*) +(?:hash|zset|set|string) +(\S.*?)  +(\S.*)$", re.MULTILINE)
DESCRIBED = {key: (lifetime, about) for key, lifetime, about in KEY.findall(keys.__doc__ or "")}
ROWS = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("|") and line.count("|") == 5]
TOLD = {
    key: (sealed.strip(), lasts.strip()) for _, names, sealed, lasts in ROWS for key in re.findall(r"`(.+?)`", names)
}


def test_every_key_is_told_of_once_and_no_other() -> None:
    named = [key for _, names, _, _ in ROWS for key in re.findall(r"`(\S+?)`", names)]

    assert len(DESCRIBED) > 40
    assert sorted(key for key in named if key in DESCRIBED) == sorted(DESCRIBED)


@pytest.mark.parametrize("key", sorted(DESCRIBED))
def test_it_is_told_how_long_it_lives_and_whether_it_is_sealed(key: str) -> None:
    lifetime, about = DESCRIBED[key]
    sealed, lasts = TOLD[key]
    first = re.split(r"[;,]| \(", lifetime)[0].removesuffix(" + 14")

    assert first.replace("the same", "") in lasts or first == "the same"
    assert (sealed == "yes") is ("sealed" in about)


def test_what_it_names_as_proof_is_there() -> None:
    named = re.findall(r"\btests/[\w/]+(?:\.\w+)?", PAGE)

    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert set(re.findall(r"`make (\w+)`", PAGE)) <= TARGETS
