"""Questions about the conversation: what was asked and said, what it was about, and going on with it. No I/O."""

import re

from playground.claude.mind.conversation import Conversation, Said
from playground.claude.mind.facts import facts
from playground.claude.mind.library import POLITE, simple

_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4}
_THING = r"(?:question|message|thing|request|prompt|word)"
_ASKED = re.compile(
    r"(?:and |so |hey )*what (?:did i|was it that i|have i) (?:just |last |previously |first )?"
    r"(?:ask|say|said|asked|write|told you|tell you|want)\b.*"
    rf"|(?:repeat|tell me|what(?:'s| is| was)) my (?:very )?(?P<which>\w+) {_THING}\b.*"
    rf"|repeat my {_THING}\b.*"
)
_SAID = re.compile(
    r"(?:and |so )*what did you (?:just |last )?(?:say|answer|write|tell me)\b.*"
    r"|(?:please )?(?:repeat|say) (?:that|it|your (?:last |previous )?answer)(?: again)?(?: please)?"
    r"|(?:what(?:'s| is| was)) your (?:last|previous) (?:answer|message)\b.*|come again|pardon"
)
_COUNT = re.compile(rf"how many (?:{_THING}|message|question)s? (?:have|did) i\b.*")
_SUMMARY = re.compile(
    rf"{POLITE}(?:summari[sz]e|recap|sum up|give (?:me )?a (?:short |brief )?(?:summary|recap)(?: of)?|tl;?dr"
    r"|what have we (?:talked|spoken|discussed)|what was (?:this|the) (?:thread|discussion|conversation))\b.*"
)
_OTHERS_SAID = re.compile(
    r"what (?:did|does|has|have) (?P<who>[\w .'-]{1,40}?) (?:say|said|write|written|think|want|ask)\b.*"
)
_GO_ON = re.compile(
    r".*\b(?:broke off|was cut|got cut|where (?:you|it|your \w+) (?:left off|stop\w*))\b.*"
    r"|(?:please )?(?:go on|continue|carry on|keep going|more)(?: please)?[.!]*",
    re.DOTALL,
)
_LAST_WORDS = re.compile(r"<last_words>(.*?)</last_words>", re.DOTALL)
_MOST = 20


def answer_about_earlier(sentence: str, conversation: Conversation) -> str | None:
    plain = simple(sentence).rstrip("?!. ")
    if found := _ASKED.fullmatch(plain):
        return _asked(found["which"] or ("first" if " first " in f" {plain} " else "last"), conversation)
    if _SAID.fullmatch(plain):
        said = conversation.last_answer
        return f"I said:\n\n{_quote(said)}" if said else "I have not said anything yet in this conversation."
    if _COUNT.fullmatch(plain):
        count = len(conversation.asked_before)
        times = "once" if count == 1 else f"{count} times"
        return f"You have written to me {times} before this message." if count else "This is your first message here."
    if _SUMMARY.fullmatch(plain) and len(conversation.question.sentences) == 1:
        return summary(conversation)
    if found := _OTHERS_SAID.fullmatch(plain):
        return _said_by(found["who"], conversation)
    return None


def _asked(which: str, conversation: Conversation) -> str | None:
    asked = conversation.asked_before
    if not asked:
        return "This is the first thing that you have asked me in this conversation."
    place = -1 if which in ("last", "previous", "latest") else _ORDINALS.get(which, -2)
    if place == -2:
        return None
    if place >= len(asked):
        return f"You have asked me only {len(asked)} thing{'s' * (len(asked) > 1)} so far."
    return f"You said:\n\n{_quote(asked[place].words)}"


def _said_by(who: str, conversation: Conversation) -> str | None:
    """What somebody said in the messages of others that came with the question."""
    lines = conversation.question.around.get("others", "").splitlines()
    said = [line.partition(": ")[2] for line in lines if line.lower().startswith(f"{who.strip()}:")]
    if said:
        return f"{who.strip().title()} said:\n" + "\n".join(f"- {line}" for line in said)
    known = [fact for fact in facts(conversation) if simple(fact.speaker) == who.strip()]
    return "\n".join(f"- {fact.sentence}" for fact in known) or None


def summary(conversation: Conversation) -> str:
    """The conversation in short: each fact that was told, as it was told, and what was talked about."""
    others = conversation.question.around.get("others", "").splitlines()
    told = [f"{fact.speaker} said: {fact.sentence}" if fact.speaker else fact.sentence for fact in facts(conversation)]
    topics = [_short(said.words) for said in conversation.asked_before if said.words]
    parts = []
    if others:
        parts.append("**What others wrote**\n" + "\n".join(f"- {_short(line)}" for line in others))
    if told:
        parts.append("**What you told me**\n" + "\n".join(f"- {line}" for line in told))
    if topics:
        older = f"* … {len(topics) - _MOST} earlier messages\n" if len(topics) > _MOST else ""
        # Stars, so that only facts are read as facts again when this summary stands in the place of the conversation.
        parts.append("**What we talked about**\n" + older + "\n".join(f"* {line}" for line in topics[-_MOST:]))
    return "\n\n".join(parts) or "We have not talked about anything yet."


def asks_to_go_on(said: Said) -> bool:
    """Whether a message asks for the rest of the answer before it."""
    return bool(_GO_ON.fullmatch(simple(said.words)))


def rest_of(whole: str, begun: str, asked: Said) -> str | None:
    """The rest of an answer of which the beginning stands; after its last words again when they are asked for."""
    begun = begun.rstrip()
    if not whole.startswith(begun):
        return None
    wanted = _LAST_WORDS.search(asked.words)
    again = wanted[1] if wanted and begun.endswith(wanted[1]) else ""
    rest = whole[len(begun) :]
    return again + rest if rest.strip() or again else "There is nothing more to say: that was the whole answer."


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else f"{line[:119].rstrip()}…"
