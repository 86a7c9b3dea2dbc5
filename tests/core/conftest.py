"""The real Valkey of the store's tests, for whoever stands on the store."""

from tests.core.store.conftest import valkey

__all__ = ["valkey"]
