"""The keys of simulated processes: all of them know the same."""

from core.store.keys import Names
from core.store.sealing import Sealer
from core.store.vault import Vault

NAMES = Names("parley", b"p" * 32)
VAULT = Vault(NAMES, Sealer((b"h" * 32,)))
