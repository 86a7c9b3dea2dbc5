"""What is wrong with a Redis is told by what it said."""

import re

import pytest

from core.errors import StoreDown
from core.store.diagnosis import advice, concerns
from core.store.sealing import Unreadable


@pytest.mark.parametrize(
    ("down", "own", "said"),
    [
        (StoreDown("OutOfMemoryError"), True, "Redis is full: raise its maxmemory"),
        (StoreDown("OutOfMemoryError"), False, "The embedded Redis is full, at 256 MB"),
        (StoreDown("ReadOnlyError"), True, "This Redis is a replica"),
        (StoreDown("BusyLoadingError"), True, "Redis is still loading its file: try again"),
        (StoreDown("MISCONF"), True, "cannot write to its disk"),
        (StoreDown("DENIED"), True, "requirepass"),
        (StoreDown("MovedError"), True, r"redis\+cluster://"),
        (StoreDown("NOREPLICAS"), True, r"Redis answers, and refuses \(NOREPLICAS\)"),
        (StoreDown("AuthenticationError"), True, "the user or the password in REDIS_URL"),
        (StoreDown("NoPermissionError"), True, r"~\{parley\}:\* &\{parley\}:\* \+@all"),
        (StoreDown("ClusterDownError"), True, r"Redis answers, and refuses \(ClusterDownError\)"),
        (StoreDown("RedisClusterException"), True, "No complete Redis Cluster answers"),
        (StoreDown("MasterNotFoundError"), True, "No Sentinel tells of a master"),
        (StoreDown("ConnectionRefusedError"), True, r"does not answer \(ConnectionRefusedError\): check REDIS_URL"),
        (StoreDown("TimeoutError"), False, "valkey.log"),
        (StoreDown(), True, "does not answer"),
        (Unreadable("a stored value is not one of ours"), True, "HISTORY_KEY"),
    ],
)
def test_each_kind_of_trouble_has_a_sentence_with_its_fix(down: StoreDown, own: bool, said: str) -> None:
    assert re.search(said, advice(down, own=own))


def test_each_setting_that_breaks_a_promise_is_named() -> None:
    fine = {"aof_enabled": "1", "used_memory": "900", "maxmemory": "1000", "maxmemory_policy": "noeviction"}

    assert concerns(fine, "always") == {}
    assert concerns(fine, "") == {}
    assert concerns({**fine, "maxmemory": "0", "maxmemory_policy": "allkeys-lru"}, "always") == {}
    for setting, wrong, appendfsync in (
        ("appendonly", {"aof_enabled": "0"}, "always"),
        ("appendfsync", {}, "everysec"),
        ("maxmemory-policy", {"maxmemory_policy": "allkeys-lru"}, "always"),
        ("maxmemory", {"used_memory": "1000"}, "always"),
    ):
        [(name, sentence)] = concerns({**fine, **wrong}, appendfsync).items()
        assert (name, setting in sentence) == (setting, True)
