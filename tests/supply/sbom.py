"""A CycloneDX bill of what is shipped: the lock file's packages, their licences and hashes, and who needs whom."""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import core
from tests.supply.licences import INSIDE, licence
from tests.supply.lock import Pin

US = "parley"


def bom(pins: Sequence[Pin]) -> Mapping[str, Any]:
    """CycloneDX 1.6. The same lock makes the same bill: it carries no time, and its serial number follows from it."""
    body = {
        "metadata": {"component": _us(), "tools": {"components": [{"type": "application", "name": "make sbom"}]}},
        "components": [_component(pin) for pin in pins],
        "dependencies": [{"ref": ref, "dependsOn": needs} for ref, needs in _needs(pins).items()],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(body, sort_keys=True))
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{serial}", "version": 1, **body}


def _us() -> Mapping[str, Any]:
    return {
        "type": "application",
        "bom-ref": US,
        "name": US,
        "version": core.__version__,
        "licenses": _licensed("MIT"),
    }


def _component(pin: Pin) -> Mapping[str, Any]:
    where = {"properties": [{"name": f"{US}:marker", "value": pin.marker}]} if pin.marker else {}
    return {
        "type": "library",
        "bom-ref": pin.purl,
        "name": pin.name,
        "version": pin.version,
        "purl": pin.purl,
        "hashes": [{"alg": "SHA-256", "content": one} for one in pin.hashes],
        "licenses": _licensed(licence(pin.name)),
        **where,
        **_inside(pin),
    }


def _inside(pin: Pin) -> Mapping[str, Any]:
    """What comes compiled within: Valkey has the version of its wheel, as far as that is one of three numbers."""
    if pin.name not in INSIDE:
        return {}
    program, said = INSIDE[pin.name]
    version = {"version": ".".join(re.findall(r"\d+", pin.version)[:3])} if program == "Valkey" else {}
    about = {"type": "application", "bom-ref": f"{pin.purl}#{program.lower()}", "name": program.lower()}
    return {"components": [{**about, **version, "licenses": _licensed(said)}]}


def _licensed(expression: str) -> Sequence[Mapping[str, Any]]:
    return [{"expression": expression} if " " in expression else {"license": {"id": expression}}]


def _needs(pins: Sequence[Pin]) -> Mapping[str, Sequence[str]]:
    return {
        US: [pin.purl for pin in pins if US in pin.asked_by],
        **{pin.purl: [other.purl for other in pins if pin.name in other.asked_by] for pin in pins},
    }
