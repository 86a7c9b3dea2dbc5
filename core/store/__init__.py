"""The store: the only importer of redis. Its keys are listed in keys.py."""

from core.store.admitting import Terms
from core.store.bounds import LEASE_SECONDS, PEOPLE_DAYS, QUEUE, RENEWAL_SECONDS, USAGE_DAYS
from core.store.diagnosis import advice
from core.store.holdings import Erased, Reach
from core.store.lease import Admission, Claim, Lease
from core.store.memories import Making
from core.store.opening import open_store
from core.store.purse import Figures
from core.store.sealing import Unreadable
from core.store.store import Store

__all__ = [
    "LEASE_SECONDS",
    "PEOPLE_DAYS",
    "QUEUE",
    "RENEWAL_SECONDS",
    "USAGE_DAYS",
    "Admission",
    "Claim",
    "Erased",
    "Figures",
    "Lease",
    "Making",
    "Reach",
    "Store",
    "Terms",
    "Unreadable",
    "advice",
    "open_store",
]
