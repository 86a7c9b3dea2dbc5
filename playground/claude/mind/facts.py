"""What people told about themselves and their things, and telling it again when they ask. No I/O.

Facts are read from the conversation that was sent, each time anew: nothing is kept anywhere else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from playground.claude.mind.conversation import Conversation, Said
from playground.claude.mind.library import content, simple

_REMEMBER = re.compile(
    r"^(?:please |and |so |also )*(?:remember|note|keep in mind|for the record|fyi|by the way|btw|don't forget)"
    r"(?: this| that| the following)?[:,]? +(?=\w)",
    re.IGNORECASE,
)
_REMIND = re.compile(r",? (?:please )?(?:remember|keep|note) (?:it|this|that)(?: please)?$", re.IGNORECASE)
_OPENING = re.compile(
    r"^(?:(?:hi|hello|hey|ok|okay|well|so|and|also|oh|yes|no|now|first|by the way|actually|thanks)[,!]? +)+",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?:my name is|my name's|i am called|i'm called|call me|you can call me|people call me) +"
    r"(?P<name>[\w'’-]+(?: [A-Z][\w'’-]+)*)",
    re.IGNORECASE,
)
_I_AM = re.compile(r"^(?:I am|I'm|I’m|This is) (?P<name>[A-Z][a-zà-ÿ'’-]+)(?= and |[.,!]|$)")
_OWNED = re.compile(
    r"^(?P<whose>my|our|the|this|today's|her|his|their) (?P<what>[\w' -]{2,60}?) "
    r"(?:is|are|was|will be|shall be|=) (?:called |named |now )?(?P<value>[^?]{1,200})$",
    re.IGNORECASE,
)
_DOING = re.compile(
    r"^(?:i|we) (?:(?:really|also|currently|always|usually|never|do not|don't) )?(?:live|work|like|love|prefer|hate"
    r"|have|own|study|speak|play|drive|drink|eat|use|come|was born|were born|am \d+|am from|am a|am an|am the"
    r"|am allergic|need|want to|are from|meet|deploy|moved|grew up|bought|met) .+",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"(?:what|who|where|when|why|how|which|can|could|do|does|did|is|are)\b", re.IGNORECASE)
_AND = re.compile(r",? and (?=my |our |i |the )|; ", re.IGNORECASE)
_SHORT = {"i'm": "I am", "i’m": "I am", "we're": "we are", "i've": "I have", "name's": "name is"}
_SWAP = (
    *(("i am", "you are"), ("i was", "you were"), ("myself", "yourself"), ("mine", "yours"), ("ours", "yours")),
    *(("my", "your"), ("our", "your"), ("me", "you"), ("us", "you"), ("we", "you"), ("i", "you")),
)
_ABOUT_ME = re.compile(r"\b(?:about me|remember|did i tell|have i told|you know)\b")
_ASKS = re.compile(
    r"(?:and |so |ok |please |do you (?:still )?(?:remember|know) |can you (?:tell me|remember) |tell me (?:again )?"
    r"|remind me )*(?:what|who|where|when|which|how (?:old|many|much|long)|whose|my |our |the |is |am |do |did )\b.*"
)
_MY_NAME = re.compile(
    r"(?:.*\b)?(?:what(?:'s| is| was) my (?:own |first )?name|who am i|my name again|(?:know|remember) my name)\b"
    r"(?! of).*"
)
_MINE = re.compile(r"\b(?:i|my|me|mine|we|our|us)\b")
_WHAT_MY = re.compile(r"(?:what(?:'s| is| was| are)|do you (?:know|remember)|who is|who's) my (?P<what>[\w' -]{2,40})")
_GENERAL = content("everything anything things all conversation far chat learned me about yet")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that was told. `about` and `value` are "" when it is kept as the sentence it was."""

    sentence: str
    about: str = ""
    value: str = ""
    personal: bool = False
    speaker: str = ""

    @property
    def words(self) -> frozenset[str]:
        return content(self.about or self.sentence)


def read_fact(sentence: str, speaker: str = "") -> Fact | None:
    """The fact that a sentence tells; None when it asks or tells none."""
    plain = sentence.strip().rstrip(".!").strip()
    if not plain or plain.endswith("?") or len(plain) > 400:
        return None
    wanted = _REMEMBER.match(plain) or _REMIND.search(plain)
    plain = _OPENING.sub("", _REMIND.sub("", _REMEMBER.sub("", plain)))
    for short, long in _SHORT.items():
        plain = re.sub(rf"\b{short}\b", long, plain, flags=re.IGNORECASE)
    if _QUESTION.match(plain):
        return None
    if named := _NAME.search(plain) or _I_AM.match(plain):
        return Fact(plain, "name", named["name"], personal=True, speaker=speaker)
    personal = bool(re.match(r"(?:i|we|my|our)\b", plain, re.IGNORECASE))
    if owned := _OWNED.match(plain):
        return Fact(plain, simple(owned["what"]), owned["value"].strip(), personal=personal, speaker=speaker)
    return Fact(plain, personal=personal, speaker=speaker) if wanted or _DOING.match(plain) else None


def facts_of(said: Said) -> Iterator[Fact]:
    for sentence in said.sentences:
        for part in _AND.split(sentence):
            if fact := read_fact(part, said.speaker):
                yield fact


def facts(conversation: Conversation) -> tuple[Fact, ...]:
    """All that was told before the question, the newest last. What was told anew takes the place of the old."""
    found: dict[tuple[str, str], Fact] = {}
    for line in re.findall(r"^- (.+)$", conversation.memory, re.MULTILINE):
        speaker, _, rest = line.rpartition(" said: ")
        if fact := read_fact(f"remember that {rest}", speaker):
            _put(found, fact)
    for said in conversation.asked_before:
        for fact in facts_of(said):
            _put(found, fact)
    return tuple(found.values())


def _put(found: dict[tuple[str, str], Fact], fact: Fact) -> None:
    key = (fact.speaker if fact.personal else "", fact.about or fact.sentence.lower())
    found.pop(key, None)
    found[key] = fact


def mine(conversation: Conversation) -> tuple[Fact, ...]:
    """What of it is about things, or about whoever asks: what others told about themselves is theirs."""
    who = conversation.speaker
    return tuple(fact for fact in facts(conversation) if not fact.personal or not who or fact.speaker in ("", who))


def name_of(conversation: Conversation) -> str:
    """How the person who asks is called: as they said, else as the chat program says."""
    own = [fact for fact in (*mine(conversation), *facts_of(conversation.question)) if _is_name(fact)]
    return own[-1].value if own else conversation.speaker


def _is_name(fact: Fact) -> bool:
    return fact.personal and fact.about == "name"


def you(sentence: str) -> str:
    """A sentence about oneself, said back: "I live in Oslo" becomes "you live in Oslo"."""
    for own, theirs in _SWAP:
        sentence = re.sub(rf"\b{own}\b", theirs, sentence, flags=re.IGNORECASE)
    return sentence


def acknowledge(sentence: str, conversation: Conversation) -> str | None:
    """What is said to a sentence that tells something."""
    told = list(facts_of(Said("user", sentence, {})))
    if not told:
        return None
    met = [f"Nice to meet you, {fact.value}!" for fact in told if _is_name(fact)]
    noted = [you(fact.sentence) for fact in told if not _is_name(fact)]
    said = [*met, *([f"Noted: {', and '.join(noted)}."] if noted else [])]
    return " ".join(said) + (" I will remember it in this conversation." if len(conversation.said) < 4 else "")


def tell(fact: Fact) -> str:
    if fact.about and fact.personal:
        verb = "are" if re.search(rf"{re.escape(fact.about)} are\b", simple(fact.sentence)) else "is"
        return f"Your {fact.about} {verb} **{fact.value}**."
    if fact.about:
        return f"{fact.sentence[:1].upper()}{fact.sentence[1:].replace(fact.value, f'**{fact.value}**')}."
    return f"You told me that {you(fact.sentence)}."


def recall(sentence: str, conversation: Conversation) -> str | None:
    """The answer to a question about what was told."""
    plain = simple(sentence).rstrip("?!. ")
    if _MY_NAME.fullmatch(plain):
        return _name(conversation)
    if not _ASKS.fullmatch(plain):
        return None
    known, asked = mine(conversation), content(plain)
    if known and _ABOUT_ME.search(plain) and not asked - _GENERAL:
        return "This is what I know from our conversation:\n" + "\n".join(f"- {tell(fact)}" for fact in known)
    best = _best(asked, known, about_me=bool(_MINE.search(plain)))
    if best is not None:
        return tell(best)
    wanted = _WHAT_MY.fullmatch(plain)
    return f"You have not told me your {wanted['what']} in this conversation." if wanted else None


def _name(conversation: Conversation) -> str:
    told = [fact for fact in mine(conversation) if _is_name(fact)]
    if told:
        return f"Your name is **{told[-1].value}**."
    if conversation.speaker:
        return f"You have not told me, but the chat says that you are **{conversation.speaker}**."
    return "You have not told me your name in this conversation."


def _best(asked: frozenset[str], known: tuple[Fact, ...], *, about_me: bool) -> Fact | None:
    """The newest fact that fits best: a question's words are about all of its subject, or it holds most of them."""
    best, most = None, 0.0
    for fact in known:
        shared = len(asked & fact.words)
        if not shared or (fact.personal and not about_me):
            continue
        if fact.personal and not asked <= fact.words | content(fact.sentence) | {"name"}:
            continue
        whole = bool(fact.about) and (fact.words <= asked or asked <= fact.words)
        score = shared / len(asked) + whole
        if score >= max(most, 0.5):
            best, most = fact, score
    return best
