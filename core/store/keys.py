"""All keys of Parley in Redis, and who is who in them. No I/O.

Every key begins with `{PREFIX}:`, whose braces are the hash tag that keeps an installation on one node of a Cluster,
so that one script may touch all of it. No name is in clear: line, place, turn, exchange and person are keyed pseudonyms
of 80 bits. "Sealed" is ciphertext (sealing.py). A platform's name is our own word for it (slack, discord, terminal). A
pool is one too, or, of a process that answers only what was asked in it, <platform>.<seat> (seat.py).

    clock             hash    none          server time that never runs backwards: seen, offset (scripts/lib.lua); with:
                                            and a fingerprint: ms when a process that seals with it was last at work;
                                            run: which run of which server this is; anew: ms when that was new, and the
                                            last of what is older may be forgotten
    meta              hash    none          fingerprints of the keys that name and seal; until: and one: it is needed
                                            until all is sealed anew; kept: HISTORY_DAYS in ms
    platforms         set     none          the pools that ever accepted a message; at most 100, or those with work
    ready:<pool>      zset    8 days        line -> ms from when it may be claimed; a lease or delay lies in the future
    q:<line>          zset    7 days        turn -> platform time in µs, blurred, of what waits or runs; at most 20
    l:<line>          hash    7 days        fence; cur, the turn begun; held; tok of its claim; newest, the answer that
                                            still has buttons; waits, for the question at its thread's root
    t:<turn>          hash    7 days; 48 h  what is known of a turn beside its texts: st (q waits or runs, d done,
                              from its       x dropped, told refused, shut may not ask there, did a command or press,
                              line's next    after which an edit may be a question), tok and said for a client's retry,
                              answer on,     pf (pool), line, place, root and rt (place and turn at the thread's root),
                              or if          fl (line of the thread below), author, order, at (ms of its accept), a
                              refused; 10    (attempts), begun (given back once), stop, gone (deleted; less: only a
                              minutes of     file), unsaid (as its exchange is), without (whose words it may not
                              the rest       keep), erased (goes when it ended), unread (by whoever claimed it),
                                             sh (messages on the screen), below (the thread's place), epoch, answered,
                                             ended (fence) and more (what done said), of (the exchange it replaces),
                                             quoted (whose words it has, too, or who pays for it).
                                             Without x: it is the tombstone that stops redeliveries. The rest: commands,
                                             presses, what was deleted before it was known or before its answer was done
    x:<turn>          hash    7 days, then  its texts, all sealed: m message, e origin, s ids on the screen, f final.
                              HISTORY_DAYS   Until f there may be r, results of tools.
                              if less        Deleted when its line has a newer answer
    done              zset    7 days        turn -> ms when it was done; at most 50,000, the oldest go with t: and x:
    h:<place>         hash    HISTORY_DAYS  exchange -> sealed exchange; # -> their bytes, at most 1 MB
    o:<place>         zset    HISTORY_DAYS  exchange -> its order; at most 1,000; the same exchanges as in h:
    m:<place>         zset    HISTORY_DAYS  exchange that its memory stands for -> its order; at most 10,000
    g:<place>         string  5 minutes     who makes a memory there (20 s, again and again), or failed at it
    a:<place>         hash    HISTORY_DAYS  exchange, also of those in m: -> whose words it has, who asked first, and of
                                            which other messages (2,000 or so); at most 11,000
    e:<place>         hash    HISTORY_DAYS  message of ours -> the exchange whose answer it is; "below <exchange>" ->
                                            the thread that was begun from its answer; at most 5,000
    n:<place>         zset    7 days        line -> ms of its newest answer, for reset; at most 500
    p:<place>         hash    HISTORY_DAYS  joined: follow-ups are for us; grown: the exchange from whose answer it was
                                            begun, where they are for us too but for left: we were sent out;
                                            epoch: changes with every reset,
                              (7 if less),  and the tok of that one; memory: which exchange is one; root, its channel;
                              d:'s if it    space, that lies in; alone: one person's, and among which it is; whose: that
                              is alone      person; since: f:, for an older release; rooted: f:,
                                            where the exchange that it grew from is not forgotten
    f:<place>         string  400 days      ms until which all was forgotten there: it is not read again where it stands
                              (HISTORY_DAYS
                              if more)
    c:<place>         hash    90 days       choice -> sealed value; slides with each question
    w:<person>        zset    longest       turn -> ms it was accepted; at most as many as its windows allow
                              window
    w:<place>         zset    the same      the same for a channel and its threads together
    y:<person>        zset    14 days       turn, also of who quotes them -> ms of its accept or end; at most 5,000, the
                                            oldest go with t: and x:
    y:<place>         zset    14 days       the same of a place
    d:<person>        zset    HISTORY_DAYS  place with words of theirs, or their own with what they chose -> ms of the
                              (90 if less)  newest; at most 10,000, their words in the oldest one go
                              + 14
    z:<place>         zset    the same      place that lies in it (thread, channel; direct message) -> ms of its newest
                                            turn or choice; at most 10,000, the oldest one is erased (a direct message
                                            is not)
    over              zset    HISTORY_DAYS  place -> ms when its oldest exchange is over
    i:<channel>       hash    400 days      what admins set there in chat: all, each -> "calls/ms calls/ms" or
                                            none; keep -> days, at most HISTORY_DAYS
    r:<person>:<what> string  the wait, at  ms until which a refusal is not told again; what: whose windows (w:), the
                              most an hour  budget, all or own, or the channel where they may not ask
    later:<pool>      zset    7 days        turn -> ms when it goes into its line: its person's windows had no room, or
                                            nobody could read it (unread), which is tried for 7 days
    held:<person>     string  60 s          ms until which one turn of theirs is held back so
    day:<date>        hash    400 days      sums of a calendar day: n calls, x of them of unknown price, c 1e-8 dollars,
                                            t tokens, of which i input, o output, r read from and w written to a cache
    day:<date>:<by>   hash    92 days; of   "<who> n" and so on -> the same of each person, place (a channel) and model
                              models 400
    day:<date>:erased hash    that day      what somebody used on it who then had all that is kept of them deleted: it
                                            holds them to their budget
    day:<date>:told   hash    2 days        "<person> own", "<person> all": was told that this budget is nearly gone
    holds             hash    15 min        call under way -> 1e-8 dollars and tokens at the most, person
    holds:end         zset    15 min        the same -> ms when it is given up: 10 s, again and again
    holding           hash    15 min        "<person> c", t and n -> sums of them; without a person: of all
    s:<platform>      zset    2 days        place -> blurred time of its newest event; at most 500
    v:<platform>      hash    2 days        place -> that event's id and the place, sealed
    unread:<platform> zset    2 days        s: as it was before a gap, until all is read that was missed in it
    cool              hash    longest       model -> ms until which no process calls it
                              pause
    home:<platform>   string  20 s          pseudonym of the bot, and its workspace, that processes at work are there
    u:<bucket>        zset    window + 6 s  process:call -> ms until which the call counts in a platform's budget
    b:<bucket>        hash    15 s, or      by:<process>, what it told last: its last refusal, ms, held, live, left,
                              1,440         rate; of a bucket that was learnt to refill: level (calls left) at since,
                              windows       learnt (ms of the last refusal)
    k:<token>         string  10 s; 1 hour  the line that a claim with this token took, or what settle, erase or wipe
                                            answered, for a client's retry

An exchange lives HISTORY_DAYS, or what its channel keeps; its keys are over when the newest one is. A memory lives as
long as the newest of what it stands for, and so on with the next one. When HISTORY_DAYS becomes more, d:, p: and z:
live on as long as h: does. The 90 days of c: begin again with every question that is claimed there or in a thread,
those of f: with every one claimed there, the 400 of i: with every answer, kept or not, and whenever it is looked at or
set. What is blurred is moved by up to 2.4 hours, in each channel by another secret: the order is told, the time is not.
Channels: wake (there may be work; who says so), stop (a turn), cool (a model and the ms of its pause) and room (there
may be some in a budget).
"""

import hashlib
import re
from dataclasses import dataclass, field, replace

from core.contract import Place

CHANNELS = ("wake", "stop", "cool", "room")
_SLUG = re.compile(r"[a-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class Names:
    """Names of keys and of what they are about. `key` is the secret behind the pseudonyms, 32 bytes.

    `seat`: that of a process which has lines of its own, and nobody else's; "" where any process may answer.
    """

    prefix: str
    key: bytes = field(repr=False)
    seat: str = ""

    @property
    def base(self) -> str:
        return "{" + self.prefix + "}:"

    def pseudonym(self, kind: str, value: str) -> str:
        """80 bits as 20 hexadecimal digits; the same value of another kind has another one."""
        text = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, digest_size=10, key=self.key).hexdigest()

    def place(self, place: Place) -> str:
        """`private` is no part of it: it follows from the rest."""
        return self._of("place", place.platform, place.space, place.channel, place.thread)

    def channel(self, place: Place) -> str:
        """The place at the top of a thread; the place itself elsewhere."""
        return self.place(replace(place, thread=""))

    def space(self, place: Place) -> str:
        """The workspace or server that a place lies in."""
        return self._of("place", place.platform, place.space, "", "")

    def directs(self, place: Place) -> str:
        """The direct messages of that."""
        return self._of("place", place.platform, place.space, "", "direct")

    def blur(self, place: Place) -> int:
        """Microseconds, up to 2.4 h, by which a channel's times are moved: in clear stands their order alone."""
        return int(self.pseudonym("blur", self.channel(place))[:8], 16) * 2

    def line(self, place: Place, author: str) -> str:
        """Where order holds: a thread, a private place, or one person's messages at a channel's top level."""
        whose = "" if place.thread or place.private else author
        seat = (self.seat,) if self.seat else ()
        return self._of("line", place.platform, place.space, place.channel, place.thread, whose, *seat)

    def pool(self, platform: str) -> str:
        """Where lines are claimed from. Raises ValueError."""
        return f"{slug(platform)}.{slug(self.seat)}" if self.seat else slug(platform)

    def person(self, platform: str, id: str) -> str:
        return self._of("person", platform, id)

    def payer(self, platform: str, id: str) -> str:
        """A person as the log and the sums of usage call them."""
        return self.pseudonym("person", f"{platform}:{id}")

    def site(self, place: Place) -> str:
        """A place as the log and the sums of usage call it."""
        return self.pseudonym("place", ":".join((place.platform, place.space, place.channel, place.thread)))

    def turn(self, platform: str, id: str) -> str:
        return self._of("turn", platform, id)

    def _of(self, kind: str, *parts: str) -> str:
        return self.pseudonym(kind, "".join(f"{len(part)}:{part}" for part in parts))


def slug(word: str) -> str:
    """A word that may stand in the name of a key in clear. Raises ValueError."""
    if not _SLUG.fullmatch(word):
        raise ValueError("not a slug")
    return word
