"""What the other processes have not been told yet of our calls to platforms. No I/O.

The clock is an argument.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from core.precedence import Grant, Precedence, Share
from core.sharing import Account, WishedCall


@dataclass(slots=True)
class _Fates:
    """What became of calls that one share paid for: their ids, each with a time where it has one."""

    ended: list[tuple[int, float]] = field(default_factory=list)
    unused: list[int] = field(default_factory=list)
    refused: list[tuple[int, float]] = field(default_factory=list)

    def tell(self, account: Account, now: float) -> Account:
        return replace(
            account,
            ended=tuple((id, now - at) for id, at in self.ended),
            unused=tuple(self.unused),
            refused=tuple((id, until - now) for id, until in self.refused),
        )

    def told(self, account: Account) -> bool:
        """Forget what this account told. Returns whether that was all. Only one letter is under way at a time."""
        del self.ended[: len(account.ended)]
        del self.unused[: len(account.unused)]
        del self.refused[: len(account.refused)]
        return not (self.ended or self.unused or self.refused)


@dataclass(frozen=True, slots=True)
class Letter:
    """One trip: an account for each share, and the calls that we would make."""

    shares: tuple[Share, ...]
    accounts: tuple[Account, ...]
    asked: tuple[WishedCall, ...]


class Ledger:
    """Remembers what became of our calls until the others know, and writes the letters that tell it."""

    def __init__(self, precedence: Precedence) -> None:
        self._precedence = precedence
        self._fates: dict[Share, _Fates] = {}
        self._known: dict[Share, None] = {}  # where the others count on us

    @property
    def is_settled(self) -> bool:
        """Whether the others know all that became of our calls, and keep no room for us any more."""
        return not self._fates and not self._known

    def returned(self, grant: Grant, now: float, refused: Sequence[Share]) -> None:
        for share in grant.charged:
            fates = self._fates.setdefault(share, _Fates())
            fates.ended.append((grant.id, now))
            if share in refused:
                fates.refused.append((grant.id, share.budget.frozen))

    def unused(self, grant: Grant) -> None:
        for share in grant.charged:
            self._fates.setdefault(share, _Fates()).unused.append(grant.id)

    def letter(self, grants: Sequence[Grant], now: float, *, whole: bool = False) -> Letter:
        """A letter that asks for these calls and tells of their buckets; `whole`: of all buckets there is news of."""
        shares = dict.fromkeys(share for grant in grants for share in (*grant.charged, *grant.spared))
        if whole:
            used = (share for share in self._precedence.shares if share.stands)
            shares |= dict.fromkeys((*self._fates, *self._known, *used))
        indexes = {share: index for index, share in enumerate(shares)}
        accounts = tuple(self._account(share, grants, now) for share in shares)
        asked = tuple(
            WishedCall(
                grant.id,
                tuple(indexes[share] for share in grant.charged),
                tuple(indexes[share] for share in grant.spared),
                grant.opens,
            )
            for grant in grants
        )
        return Letter(tuple(shares), accounts, asked)

    def told(self, letter: Letter) -> None:
        """The others have got it: what it tells is settled."""
        for share, account in zip(letter.shares, letter.accounts, strict=True):
            if share in self._fates and self._fates[share].told(account):
                del self._fates[share]
            if account.live or account.held:
                self._known[share] = None
            else:
                self._known.pop(share, None)

    def _account(self, share: Share, grants: Sequence[Grant], now: float) -> Account:
        account = self._precedence.account(share, now)
        opening = sum(grant.opens and share in grant.spared for grant in grants)  # they hold already, here
        account = replace(account, held=account.held - opening)
        return self._fates[share].tell(account, now) if share in self._fates else account
