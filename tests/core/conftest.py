"""The real Valkey of the store's tests, for whoever stands on the store; the bare environment of those of settings."""

from tests.core.env_file import bare
from tests.core.store.conftest import valkey

__all__ = ["bare", "valkey"]
