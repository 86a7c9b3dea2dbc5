"""Claude, as the engine sees it: one call for one answer. Nothing outside of this folder knows the client library."""

from core.claude.api import Timeouts
from core.claude.client import Claude
from core.claude.diagnosis import silence
from core.claude.gate import Cooldown, LocalCooldown, Purse
from core.claude.models import Model
from core.claude.price import Prices, prices_in

__all__ = ["Claude", "Cooldown", "LocalCooldown", "Model", "Prices", "Purse", "Timeouts", "prices_in", "silence"]
