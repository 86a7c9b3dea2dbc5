"""The store: the only importer of redis. Its keys are listed in keys.py."""

from core.store.lease import Admission, Claim, Lease
from core.store.opening import open_store
from core.store.store import LEASE_SECONDS, QUEUE, Store

__all__ = ["LEASE_SECONDS", "QUEUE", "Admission", "Claim", "Lease", "Store", "open_store"]
