"""What whoever runs Parley decides: in the environment, in .env, or each value in the file that NAME_FILE names.

It is read once, before anything starts, and all that is wrong is named at once. A running bot asks no environment.
"""

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Annotated, ClassVar, Generic, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from core.dialogue import Effort
from core.environment import ENV_FILE
from core.limits import Window, parse_windows

PUBLIC_API = "https://api.anthropic.com"
MOST_DOLLARS = 10_000_000
"""The largest budget: Lua counts up to 2**53 parts of 1e-8 dollars exactly, which is nine times as much."""
KEY_ADVICE = "make one at https://platform.claude.com/settings/keys and put it into .env."


# Kinds of values. A check raises ValueError with what to do about it.


def shaped(pattern: str, advice: str) -> AfterValidator:
    """A check that a text, or a secret, matches a pattern."""

    def check(value: str | SecretStr) -> str | SecretStr:
        if not re.fullmatch(pattern, value.get_secret_value() if isinstance(value, SecretStr) else value):
            raise ValueError(advice)
        return value

    return AfterValidator(check)


def address(*schemes: str) -> AfterValidator:
    """A check that a text is a URL with one of these schemes and a host."""

    def check(url: str) -> str:
        with suppress(ValueError):  # of brackets, or a port that is none
            parts = urlsplit(url)
            if parts.scheme in schemes and parts.hostname and parts.port != 0:
                return url
        raise ValueError(f"write a whole address that begins with {' or '.join(f'{name}://' for name in schemes)}.")

    return AfterValidator(check)


def _words(value: object) -> object:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _windows(value: object) -> object:
    return parse_windows(value) if isinstance(value, str) else value


def _zone(value: object) -> object:
    if value == "UTC":
        return UTC  # also where there is no time zone database
    try:
        return ZoneInfo(value) if isinstance(value, str) else value
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("write a time zone such as UTC or Europe/Berlin.") from None


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _at_home(path: Path) -> Path:
    try:
        return path.expanduser()  # no shell has read it
    except RuntimeError:
        raise ValueError("write the whole path: nobody here has that home.") from None


def ids(pattern: str, example: str) -> AfterValidator:
    """A check that words are ids: a name, a mention or a word like "all" would stand for nobody, in silence."""

    def check(words: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(pattern, word) for word in words):
            raise ValueError(f"write ids, such as {example}, or leave it empty.")
        return words

    return AfterValidator(check)


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
"""Any number of words with spaces or commas between."""
_ID = r"(?!(?:ALL|ANY|NONE|OFF|DM)$)[A-Z0-9_]{2,}"
"""An id as Slack writes it, or Discord, whose ids are numbers."""
Ids = Annotated[Words, ids(_ID, "U012AB3CD or 123456789012345678")]
Spaces = Annotated[Words, ids(rf"{_ID}|dm", "T012AB3CD, 123456789012345678 or dm")]
Windows = Annotated[tuple[Window, ...], NoDecode, BeforeValidator(_windows)]
Zone = Annotated[tzinfo, BeforeValidator(_zone)]
File = Annotated[Path, AfterValidator(_at_home)]
Http = Annotated[str, address("https", "http")]
Model = Annotated[str, shaped(r"[A-Za-z0-9._:@/-]{1,128}", "write a model's id, such as claude-sonnet-5-5.")]
_KEY = r"(?:[0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?)"
_KEY_ADVICE = "write 32 random bytes in base64 or hexadecimal, as `openssl rand -base64 32` makes them"
Key = Annotated[SecretStr, shaped(_KEY, f"{_KEY_ADVICE}.")]
Keys = Annotated[SecretStr, shaped(rf"{_KEY}(?:\s*,\s*{_KEY})*", f"{_KEY_ADVICE}; several with commas between.")]
RedisUrl = Annotated[
    SecretStr,
    shaped(
        r"(?:rediss?(?:\+(?:sentinel|cluster))?://|unix://)\S+",
        "write redis://host:6379/0, rediss:// with TLS, unix:///path/to/socket, redis+sentinel:// or redis+cluster://.",
    ),
]
ApiKey = Annotated[SecretStr, shaped(r"[!-~]+", f"a key is one word of letters, digits and signs: {KEY_ADVICE}")]
Prefix = Annotated[str, shaped(r"[a-z0-9_-]{1,32}", "write up to 32 small letters, digits, - and _.")]


# Sections


class _Wrong(str):
    """Stands where a value should be: why it could not be read, as advice."""

    __slots__ = ()


class _Files(PydanticBaseSettingsSource):
    """Reads from files: the value of NAME is the text of the file that NAME_FILE names in the same source."""

    def __init__(self, kind: type[BaseSettings], source: PydanticBaseSettingsSource) -> None:
        super().__init__(kind)
        self._given: Mapping[str, str | None] = source.env_vars if isinstance(source, EnvSettingsSource) else {}

    def __call__(self) -> dict[str, str]:
        found = (
            (field, self.get_field_value(info, field)[0]) for field, info in self.settings_cls.model_fields.items()
        )
        return {field: value for field, value in found if isinstance(value, str)}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[object, str, bool]:
        name = _name(self.settings_cls, field_name).lower()
        file = self._given.get(f"{name}_file")
        if not file:
            return None, field_name, False
        if self._given.get(name):
            return _Wrong(f"set it or {name.upper()}_FILE, not both."), field_name, False
        return _read(file, f"{name.upper()}_FILE"), field_name, False


def _read(file: str, name: str) -> str:
    try:
        return Path(file).expanduser().read_text("utf-8-sig")
    except FileNotFoundError:
        return _Wrong(f"{name} names a file that is not there.")
    except (OSError, ValueError, RuntimeError):  # the last of a home that nobody has
        return _Wrong(f"{name} names a file that this user cannot read as text.")


class Section(BaseSettings):
    """Settings that are read together. What is required has no default, and a description that says where to get it."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = [_Files(settings_cls, source) for source in (env_settings, dotenv_settings)]
        return init_settings, files[0], env_settings, files[1], dotenv_settings

    @field_validator("*", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        if isinstance(value, _Wrong):
            raise ValueError(str(value))  # noqa: TRY004  # what pydantic takes as a wrong value
        return value.strip() if isinstance(value, str) else value

    def __repr__(self) -> str:
        """No value: half of them are secrets or ids."""
        return f"<{type(self).__name__}>"

    __str__ = __repr__


Stream = Annotated[Literal["edit", "final", "off"], BeforeValidator(_lower)]


class PlatformSettings(Section):
    """What one platform needs. A folder under bots/ derives its own `Settings` from it, with `env_prefix="NAME_"`.

    The platform is on when its required fields, the tokens, are set; one that requires nothing starts only when asked.
    Each required field has an example in its right shape, for the tests that hold all platforms to the contract.
    """

    stream: Stream | None = None
    """How answers come on this platform; None: as on all."""
    has_roles: ClassVar[bool] = True
    """Whether ALLOWED_ROLES can name anybody there."""


class Settings(Section):
    """What the engine needs, by the names of the settings table in the README."""

    anthropic_base_url: Http = PUBLIC_API
    anthropic_api_key: ApiKey | None = None
    claude_model: Model = "claude-sonnet-5-5"
    claude_max_tokens: int = Field(16_000, ge=1, le=128_000)
    claude_effort: Annotated[Literal["", Effort], BeforeValidator(_lower)] = ""
    claude_thinking: Annotated[
        Literal["", "on", "off", "adaptive", "between_tools", "disabled"], BeforeValidator(_lower)
    ] = ""
    claude_fallback_model: Model | None = None
    cache_ttl: Annotated[Literal["5m", "1h"], BeforeValidator(_lower)] = "5m"
    system_prompt: str = ""
    tools: Words = ()
    mcp_servers: SecretStr | None = None
    prices_file: File | None = None

    redis_url: RedisUrl | None = None
    redis_prefix: Prefix = "parley"
    data_dir: File = Path("data")
    history_days: int = Field(30, ge=0, le=3650)
    history_key: Keys | None = None
    pseudonym_key: Key | None = None

    user_rate: Windows = parse_windows("10/minute 100/day")
    channel_rate: Windows = ()
    daily_budget_usd: float | None = Field(None, gt=0, le=MOST_DOLLARS)
    user_daily_budget_usd: float | None = Field(None, gt=0, le=MOST_DOLLARS)
    daily_tokens: int | None = Field(None, ge=1)
    user_daily_tokens: int | None = Field(None, ge=1)
    timezone: Zone = UTC

    allowed_spaces: Spaces = ()
    allowed_channels: Ids = ()
    allowed_users: Ids = ()
    allowed_roles: Ids = ()
    admins: Ids = ()

    stream: Stream = "edit"
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = "INFO"
    log_format: Annotated[Literal["json", "text"], BeforeValidator(_lower)] | None = None
    usage_dir: File | None = None
    http_host: str = "127.0.0.1"
    http_port: int = Field(8080, ge=0, le=65535)
    drain_seconds: float = Field(25, ge=0, le=600)

    @field_validator("anthropic_api_key")
    @classmethod
    def _is_of_anthropic(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """A gateway or a stand-in has keys of its own."""
        if (
            key
            and info.data.get("anthropic_base_url") == PUBLIC_API
            and not key.get_secret_value().startswith("sk-ant-")
        ):
            raise ValueError(f"a key of the Claude API begins with sk-ant-: {KEY_ADVICE}")
        return key

    @property
    def usage_folder(self) -> Path:
        """USAGE_DIR, or `usage` in DATA_DIR."""
        return self.usage_dir or self.data_dir / "usage"


class KeyedSettings(Settings):
    """The same where there must be a key."""

    anthropic_api_key: ApiKey = Field(description=KEY_ADVICE)


# Reading

S = TypeVar("S", bound=Section)


@dataclass(frozen=True, slots=True)
class Reading(Generic[S]):
    """A section's settings, or the sentences of all that is wrong. `absent`: nothing that is required is set."""

    settings: S | None = None
    problems: tuple[str, ...] = ()
    absent: bool = False


def read(kind: type[S], env_file: Path = ENV_FILE) -> Reading[S]:
    """Read a section. Never raises; no sentence repeats a value."""
    try:
        settings = kind(_env_file=env_file)  # type: ignore[call-arg]  # a BaseSettings takes it
    except UnicodeDecodeError:
        return Reading(problems=(f"{env_file} is not UTF-8 text: save it as UTF-8.",))
    except OSError as error:
        why = os.strerror(error.errno or 0)
        return Reading(problems=(f"{env_file} cannot be read ({why}): make it a file that this user may read.",))
    except ValidationError as error:
        return _failed(kind, error.errors(include_url=False, include_input=False))
    return Reading(settings)


def readable(kind: type[S]) -> S | None:
    """A section with defaults in the place of what is wrong, to find what else is; None when nothing can be read."""
    try:
        return kind(_env_file=ENV_FILE)  # type: ignore[call-arg]  # as above
    except (UnicodeDecodeError, OSError):
        return None
    except ValidationError as error:
        wrong = {str(found["loc"][0]) for found in error.errors(include_url=False, include_input=False)}
    with suppress(ValidationError):  # what is required has no default
        defaults = {field: kind.model_fields[field].get_default() for field in wrong}
        return kind(_env_file=ENV_FILE, **defaults)  # type: ignore[call-arg]  # as above
    return None


def _failed(kind: type[S], errors: Sequence[ErrorDetails]) -> Reading[S]:
    required = {field for field, info in kind.model_fields.items() if info.is_required()}
    missing = {str(error["loc"][0]) for error in errors if error["type"] == "missing"}
    absent = issubclass(kind, PlatformSettings) and bool(required) and missing == required
    told = [error for error in errors if not absent or error["type"] == "missing"]
    return Reading(problems=tuple(_sentence(kind, error) for error in told), absent=absent)


def _sentence(kind: type[Section], error: ErrorDetails) -> str:
    field = str(error["loc"][0])
    name, info = _name(kind, field), kind.model_fields[field]
    if error["type"] == "missing":
        return f"{name} is missing: {info.description}"
    return f"{name}: {_advice(error, info)}"


def _advice(error: ErrorDetails, info: FieldInfo) -> str:
    told = error.get("ctx", {})
    match error["type"]:
        case "value_error":
            return str(told["error"])
        case "literal_error":
            words = re.findall(r"'(\w+)'", told["expected"])
            return f"choose one of {', '.join(words)}."
        case "bool_parsing":
            return "write on or off."
        case parsing:
            return f"write a {'whole ' if parsing.startswith('int') else ''}number{_range(info)}."


def _range(info: FieldInfo) -> str:
    low, above, high = (
        next((found for bound in info.metadata if (found := getattr(bound, kind, None)) is not None), None)
        for kind in ("ge", "gt", "le")
    )
    if above is not None:
        return f" of more than {above}" if high is None else f" of more than {above}, up to {high:,}"
    return "" if low is None else f" of {low} or more" if high is None else f" from {low} to {high}"


# Names


def names(kind: type[Section]) -> tuple[str, ...]:
    """The environment's names of a section."""
    return tuple(_name(kind, field) for field in kind.model_fields)


def required(kind: type[Section]) -> tuple[str, ...]:
    """The names that must be set."""
    return tuple(_name(kind, field) for field, info in kind.model_fields.items() if info.is_required())


def _name(kind: type[BaseSettings], field: str) -> str:
    return f"{kind.model_config.get('env_prefix', '')}{field}".upper()
