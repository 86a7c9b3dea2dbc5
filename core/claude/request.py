"""What is sent to the API for a prompt, at each of the calls that its answer takes. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.claude.models import Model, effort, thinking
from core.claude.seam import going_on
from core.contract import Json, Prompt

Messages = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """One call. `system` goes as it is, to the byte: the prompt cache hangs on it."""

    model: str
    max_tokens: int
    system: str
    messages: Messages
    thinking: Mapping[str, Any] | None
    effort: str
    cache_ttl: str
    user: str

    def json(self) -> dict[str, Any]:
        """The body, by the API's names; what is not wished for is left out."""
        body: dict[str, Any] = {"model": self.model, "max_tokens": self.max_tokens, "stream": True}
        if self.system:
            body["system"] = self.system
        if self.thinking:
            body["thinking"] = self.thinking
        if self.effort:
            body["output_config"] = {"effort": self.effort}
        if self.cache_ttl:
            body["cache_control"] = {"type": "ephemeral", "ttl": self.cache_ttl}
        if self.user:
            body["metadata"] = {"user_id": self.user}
        return body | {"messages": list(self.messages)}


def request(prompt: Prompt, model: Model, messages: Messages, cache_ttl: str) -> Request:
    """`messages` are the prompt's, or what became of them; effort and thinking are sent only where the model can."""
    longest = min(prompt.max_tokens, model.longest) if model.longest else prompt.max_tokens
    return Request(
        model=model.id,
        max_tokens=longest,
        system=prompt.system,
        messages=messages,
        thinking=thinking(prompt.thinking, model, longest),
        effort=effort(prompt.effort, model),
        cache_ttl=cache_ttl,
        user=prompt.user,
    )


def asked(prompt: Prompt, text: str) -> Messages:
    """The conversation to send: when text of the answer stands already, with the question for the rest."""
    return going_on(prompt.messages, text) if text.strip() else tuple(prompt.messages)


def resumed(messages: Messages, content: tuple[Mapping[str, Json], ...]) -> Messages:
    """A paused turn is sent back unchanged, at the end of what it answers."""
    return (*messages, {"role": "assistant", "content": list(content)}) if content else messages
