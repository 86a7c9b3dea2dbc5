"""What is said when no rule fits: honestly, about the question's topic, and with a way on. No I/O."""

import re
import zlib

from playground.claude.mind.conversation import Conversation
from playground.claude.mind.library import simple

_LEAD = re.compile(
    r"^(?:(?:please|can you|could you|would you|will you|hey|so|and|ok|well|tell me|explain|describe|show me|give me"
    r"|help me|i want to|i need to|i would like to|i'd like to|do you know|do you think|what do you think|write|make"
    r"|create|find|know|about|with|of|to|what|who|why|how|when|where|which|whose|is|are|was|were|do|does|did|should|can|could"
    r"|would|will|i|we|you|me|us|the|a|an|my|our|your|some|any|it|there|'s|what's|who's|how's)(?=\W|$)[ ,]*)+"
)
_INTENTS = (
    (r"\b(?:write|draft|compose|rewrite|improve|edit|proofread)\b", "write"),
    (r"\b(?:summari[sz]e|summary|shorten|key points)\b", "shorten"),
    (r"\b(?:fix|debug|\w*error|\w*exception|traceback|bug|crash\w*|fail(?:s|ed|ing)?)\b", "debug"),
    (r"\b(?:should|better|best|recommend|opinion|think|choose|advice|worth)\b", "advise"),
    (r"\bwhy\b", "explain"),
    (r"\bhow\b", "guide"),
    (r"\b(?:what|who|when|where|which|whose)\b", "look"),
)
_WOULD = {
    "write": "Claude would write that for you, in the tone you ask for, and change it as often as you like.",
    "shorten": "Claude would read the whole and tell you what matters, as briefly as you want.",
    "debug": "Claude would read the code and the message, say what goes wrong and show the line to change.",
    "advise": "Claude would weigh the reasons on both sides and ask what matters most to you.",
    "explain": "Claude would explain the reasons, as simply or as thoroughly as you want.",
    "guide": "Claude would take you through it step by step, and help where you get stuck.",
    "look": "Claude knows a great deal, and says so when it is not sure.",
    "talk": "Claude would take up the thought and go on with it.",
}
_TRY = (
    "*What is prompt caching?*",
    "*Write a Python function for primes*",
    "*How many days until Christmas?*",
    "*Compare Slack and Discord in a table*",
    "*My favourite colour is green.* … *What is my favourite colour?*",
    "*Tell me a story*",
    "*What is 15% of 240?*",
    "*Translate “thank you” into Italian*",
)
KEY = (
    "To talk to the real Claude: create a key at **platform.claude.com** (*API keys*), put "
    "`ANTHROPIC_API_KEY=sk-ant-...` into `.env`, and start again."
)
# Common words of three languages, and the same sentence in each.
_TONGUES = (
    (
        r"\b(?:ist|und|nicht|ich|wie|kannst|das|was|bitte|eine?|der|mir)\b",
        "Ich bin nur der Platzhalter für Claude und kann leider fast nur Englisch.",
    ),
    (
        r"\b(?:est|les?|une?|je|vous|quel(?:le)?|comment|pourquoi|dans|c'est|peux|qu'est-ce)\b",
        "Je ne suis que la doublure de Claude et je ne parle presque que l’anglais.",
    ),
    (
        r"\b(?:qué|el|los|una?|cómo|por|puedes|está|cuál|para|mi|es)\b",
        "Solo soy el suplente de Claude y casi no hablo más que inglés.",
    ),
)


def say_honestly(conversation: Conversation, words: str) -> str:
    """The answer to something that is beyond the rules: the whole question, or a sentence of it."""
    attached = conversation.question.attached
    seen = f"I received {_listed(attached)}, but I cannot look inside.\n\n" if attached else ""
    intent = next((name for pattern, name in _INTENTS if re.search(pattern, simple(words))), "talk")
    if any(KEY in said.words for said in conversation.before):
        return (
            f"{_tongue(words)}{seen}{_asked(words)}{_after(conversation)}: I have no rule for that, "
            f"I am still only the stand-in. "
            f"{_WOULD[intent].replace('Claude ', 'The real Claude ', 1)}\n\n"
            f"Something that I can do: {_suggestion(conversation)}"
        )
    return (
        f"{_tongue(words)}{seen}{_asked(words)}: that is for the real Claude. I am the **offline stand-in**, "
        f"a few rules and no language model, so I had better not pretend to know. {_WOULD[intent]}\n\n{KEY}\n\n"
        f"Until then, try for example:\n- {_suggestion(conversation)}\n- {_suggestion(conversation, 3)}\n"
        "- *What can you do?*"
    )


def _after(conversation: Conversation) -> str:
    """What a question of one or two words goes on from."""
    if len(conversation.question.words.split()) > 2 or not conversation.asked_before:
        return ""
    return f" (after {_asked(conversation.asked_before[-1].words)})"


def topic_of(words: str) -> str:
    """What a question is about, in its own words, at most eight of them."""
    plain = _main(words).rstrip("?!. ")
    lead = _LEAD.match(plain.lower())
    topic = plain[lead.end() :] if lead else plain
    return " ".join((topic or plain).split()[:8]).rstrip(",;: ")[:70]


def _main(words: str) -> str:
    """The last question in a text, else its first line, without marks that would be shown."""
    sentences = [part for part in re.split(r"(?<=[.!?])\s+|\n", words.strip()) if part.strip()]
    asked = next((one for one in reversed(sentences) if one.endswith("?")), sentences[0] if sentences else "")
    return " ".join(re.sub(r"[*_`#<>|\[\]]", "", asked.replace("’", "'")).split())


def _asked(words: str) -> str:
    line = _main(words)
    if not line:
        return "Hm"
    return f"“{line}”" if len(line) <= 90 else f"“{line[:89].rstrip()}…”"


def _tongue(words: str) -> str:
    plain = simple(words)
    found = [(len(set(re.findall(pattern, plain))), said) for pattern, said in _TONGUES]
    most, said = max(found, key=lambda pair: pair[0])
    return f"{said}\n\n" if most >= 2 else ""


def _suggestion(conversation: Conversation, step: int = 0) -> str:
    chance = zlib.crc32(conversation.question.words.encode(errors="surrogatepass")) + len(conversation.said)
    return _TRY[(chance + step) % len(_TRY)]


def _listed(things: tuple[str, ...]) -> str:
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"
