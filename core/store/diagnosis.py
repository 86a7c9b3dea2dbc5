"""What whoever runs Parley is told about their Redis: what is wrong there, and what to do."""

from collections.abc import Mapping

from redis import exceptions

from core.errors import StoreDown
from core.network import UNTRUSTED

_ADVICE = {
    "SSLCertVerificationError": f"{UNTRUSTED.format('Redis')} Or name your CA in REDIS_URL: ?ssl_ca_certs=/path.",
    "NoSuchDatabase": "Redis has no database of the number behind the / of REDIS_URL: leave it out, or take another.",
    "MasterNotFoundError": "No Sentinel tells of a master of the name behind the / of REDIS_URL: check name and hosts.",
    "RedisClusterException": "No complete Redis Cluster answers: check REDIS_URL; it is redis:// for one server.",
    "OutOfMemoryError": "Redis is full: raise its maxmemory, or make room with `parley erase` or fewer HISTORY_DAYS.",
    "ReadOnlyError": "This Redis is a replica, which takes nothing in: let REDIS_URL name its master.",
    "MISCONF": "Redis cannot write to its disk, and takes nothing in until it can: make room there, or see what its "
    "log says.",
    "DENIED": "Redis takes nobody from another machine without a password: set one there (requirepass), and put it "
    "into REDIS_URL.",
    "MovedError": "This Redis is a Cluster: begin REDIS_URL with redis+cluster:// (rediss+cluster:// with TLS).",
    "MasterDownError": "This Redis is a replica that has lost its master: let REDIS_URL name the master.",
    "BusyLoadingError": "Redis is still loading its file: try again when it has.",
    "AuthenticationError": "Redis does not take the user or the password in REDIS_URL, or wants one.",
    "NoPermissionError": "Redis does not let the user of REDIS_URL do all that Parley needs. This does: `ACL SETUSER "
    "name ~{parley}:* &{parley}:* +@all`, with the user's name, and your REDIS_PREFIX for parley; the braces stay.",
    "Unreadable": "Redis holds what none of these keys opens: put the older ones back into HISTORY_KEY, after the new "
    "one, with a comma between.",
}
_FULL = (
    "The embedded Redis is full, at 256 MB: make room with `parley erase` or with fewer HISTORY_DAYS, or set REDIS_URL "
    "to a Redis that may take more."
)
_DOWN = "Redis does not answer ({}): check REDIS_URL, or leave it out to use the one that comes along."
_DIED = "The embedded Redis does not answer ({}): valkey.log in DATA_DIR/redis says why."
_REFUSED = "Redis answers, and refuses ({}): its log may say why."


def advice(down: StoreDown, *, own: bool) -> str:
    """A sentence with its fix. `own`: it is theirs, behind REDIS_URL; else the embedded one."""
    if down.code == "OutOfMemoryError" and not own:
        return _FULL
    if down.code in _ADVICE:
        return _ADVICE[down.code]
    kind = getattr(exceptions, down.code, None)
    if down.code.isupper() or (isinstance(kind, type) and issubclass(kind, exceptions.ResponseError)):
        return _REFUSED.format(down.code)
    return (_DOWN if own else _DIED).format(down.code)


def concerns(info: Mapping[str, str], appendfsync: str, *, own: bool = True) -> Mapping[str, str]:
    """What of a server's settings breaks a promise: each by its name, with a sentence.

    `info`: INFO's persistence and memory, or more. `appendfsync` is "" when it is not told.
    """
    found = {}
    if info.get("aof_enabled") == "0":
        found["appendonly"] = (
            "Redis keeps nothing on disk: what was accepted is lost when it stops. Set appendonly yes."
        )
    elif appendfsync not in ("", "always"):
        found["appendfsync"] = "Redis may lose the last two seconds when it is killed. Set appendfsync always."
    most = int(info.get("maxmemory", 0))
    if most and info.get("maxmemory_policy") != "noeviction":
        found["maxmemory-policy"] = (
            "Redis throws messages away when its memory is full. Set maxmemory-policy noeviction."
        )
    elif most and int(info.get("used_memory", 0)) >= most:
        found["maxmemory"] = advice(StoreDown("OutOfMemoryError"), own=own)
    return found
