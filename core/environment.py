"""The environment and .env as such: which names stand there, which mean none of ours, and who else may read them."""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

ENV_FILE = Path(".env")
ALIKE = 0.85
"""How alike two names must be to be taken for one mistyped: DISCORD_BOT_TOKEN and DISCORD_TOKEN are 0.87."""

_PLAIN = re.compile(r"PATH|HOME|USER|TMPDIR|TZ|LANG|(?:LC|LD|DYLD)_\w+|PYTHON[A-Z]+|VIRTUAL_ENV")


def bare(environment: Mapping[str, str]) -> Mapping[str, str]:
    """What a child process needs of an environment: none of our secrets, and nobody else's."""
    return {name: value for name, value in environment.items() if _PLAIN.fullmatch(name)}


def misspelt(given: Iterable[str], known: Collection[str]) -> Iterator[str]:
    """A sentence for each name that is none of ours but much like one that is not set: its value would be ignored."""
    names = {name.upper() for name in given}
    free = [name for name in known if name not in names]
    for name in sorted(names - {*known, *(f"{one}_FILE" for one in known)}):
        for meant in get_close_matches(name, free, 1, ALIKE):
            yield f"{name} is no setting of Parley. Did you mean {meant}?"


def in_env_file() -> tuple[str, ...]:
    """The names that .env gives a value; none where it is missing or no text, which is told when settings are read."""
    try:
        return tuple(name for name, value in dotenv_values(ENV_FILE).items() if value)
    except (UnicodeDecodeError, OSError):
        return ()


def unread() -> tuple[str, ...]:
    """A sentence for each line of .env that is no setting and no comment: what it says would be ignored."""
    try:
        with ENV_FILE.open(encoding="utf-8") as text:
            bindings = list(parse_stream(text))
    except (UnicodeDecodeError, OSError):
        return ()  # as above
    torn = [found.original for found in bindings if found.error or (found.key and found.value is None)]
    lines = [one.line + one.string[: -len(one.string.lstrip())].count("\n") for one in torn]
    return tuple(f".env, line {line}, is not NAME=value, or a quote is not closed." for line in lines)


def is_open_to_others() -> bool:
    """Whether other users of this machine can read the secrets in .env."""
    return os.name == "posix" and ENV_FILE.exists() and bool(ENV_FILE.stat().st_mode & 0o077)
