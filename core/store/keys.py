"""All keys of Parley in Redis, and who is who in them. No I/O.

Every key begins with `{PREFIX}:`, whose braces are the hash tag that keeps an installation on one node of a Cluster, so
that one script may touch all of it. A name is never in clear: `line`, `place`, `turn`, `person` below are keyed
pseudonyms of 80 bits. "sealed" is ciphertext (sealing.py). `<platform>` is our own word for it (slack, discord, terminal).

    clock            hash     none           seen, offset: server time that never runs backwards (scripts/lib.lua)
    meta             hash     none           fingerprints of the keys that seal and name
    platforms        set      none           platforms that have ever accepted a message
    ready:<platform> zset     8 days         line -> ms from when it may be claimed; a lease or a delay lies in the future
    q:<line>         zset     7 days         turn -> platform time in µs: what waits or runs; at most 20
    l:<line>         hash     7 days         fence, cur (the turn begun), held, tok (of its claim), newest (answered turn)
    t:<turn>         hash     7 days         what is known of a turn, no text: st (q waits or runs, d done, x dropped,
                                             told refused), tok and said (for a client's retry), pf, line, place, root, rt
                                             (root place and turn of a thread), fl (line of the thread below it), author,
                                             order, a (attempts), stop, gone, epoch, kept, of. 10 minutes when refused, 48 hours
                                             from when it is no line's newest answer: then it is a tombstone that stops
                                             redeliveries
    x:<turn>         hash     7 days, then   its texts, all sealed: m message, e id and of and begun, s ids on the screen,
                     HISTORY_DAYS if less    f final. Deleted when a newer answer of the line is done
    done             zset     7 days         turn -> ms when it was done; at most 50,000, the oldest leave with t: and x:
    h:<place>        hash     HISTORY_DAYS   exchange -> sealed exchange; field # their bytes; at most 1 MB
    o:<place>        zset     HISTORY_DAYS   exchange -> order of commits; at most 1,000
    n:<place>        zset     7 days         line -> ms of its newest answer, for reset; at most 500
    p:<place>        hash     HISTORY_DAYS   joined (follow-ups are for us), epoch (changes with every reset)
                              or 7 if less
    c:<place>        hash     90 days        choice -> sealed value; slides with use
    w:<person>       zset     longest window turn -> ms it was accepted: a person's limits; at most the largest limit
    w:<place>        zset     longest window the same for a channel, its threads included
    s:<platform>     zset     2 days         place -> platform time of its newest event; at most 500
    v:<platform>     hash     2 days         place -> that event's id and the place, sealed
    k:<token>        string   lease          line that a claim with this token took, for a client's retry

Channels: `wake` (there may be work; the payload is the process that says so) and `stop` (the payload is a turn).
"""

import hashlib
import json
import re
from base64 import b32encode
from dataclasses import dataclass, field, replace

from core.contract import Place

SLUG = re.compile(r"[a-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class Names:
    """Names of keys and of what they are about. `key` is the secret behind the pseudonyms, 32 bytes."""

    prefix: str
    key: bytes = field(repr=False)

    @property
    def base(self) -> str:
        return "{" + self.prefix + "}:"

    def pseudonym(self, kind: str, value: str) -> str:
        """80 bits as 16 letters and digits; the same value of another kind has another one."""
        text = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return b32encode(hashlib.blake2b(text, digest_size=10, key=self.key).digest()).decode().lower()

    def place(self, place: Place) -> str:
        """`private` is no part of it: it follows from the rest."""
        return self._of("place", place.platform, place.space, place.channel, place.thread)

    def channel(self, place: Place) -> str:
        """The place at the top of a thread; the place itself elsewhere."""
        return self.place(replace(place, thread=""))

    def line(self, place: Place, author: str) -> str:
        """Where order holds: a thread, a private place, or one person's messages at a channel's top level."""
        alone = place.thread or place.private
        return self._of("line", place.platform, place.space, place.channel, place.thread, "" if alone else author)

    def person(self, platform: str, id: str) -> str:
        return self._of("person", platform, id)

    def turn(self, platform: str, id: str) -> str:
        return self._of("turn", platform, id)

    def _of(self, kind: str, *parts: str) -> str:
        return self.pseudonym(kind, json.dumps(parts))
