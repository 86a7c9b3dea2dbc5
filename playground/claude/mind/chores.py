"""Small things done with words: repeating, turning, counting, choosing. No I/O."""

import re
import zlib

from playground.claude.mind.conversation import Conversation
from playground.claude.mind.library import POLITE, simple

_QUOTED = re.compile(r"[\"“'‘`]([^\"”'’`]+)[\"”'’`]")
_REPEAT = re.compile(
    rf"^{POLITE}(?:repeat(?: after me| this| exactly| the following| the words?)*"
    r"|say(?: exactly| only| just| the words?)*|echo|(?:reply|answer|respond) (?:only )?with(?: exactly| only| just)?)"
    r"(?: the words?| this)?[:,]? +(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_NOT_REPEATED = re.compile(r"(?:hello|hi|that|it|something|your|my|sorry)\b", re.IGNORECASE)
_TURNS = (
    (r"(?:reverse|spell backwards?|write backwards?)", lambda text: text[::-1]),
    (r"(?:uppercase|upper-case|capitali[sz]e|shout|write in capitals)", str.upper),
    (r"(?:lowercase|lower-case)", str.lower),
    (r"(?:spell)", lambda text: " – ".join(text.replace(" ", "").upper())),
)
_TURNED = r"(?: this| the)?(?: words?| text| sentence| string)?:? +(?P<what>.+)$"
_COUNT_TO = re.compile(rf"{POLITE}count (?:from (\d+) )?(?:up )?(?:to|until|till) (\d+)\b.*")
_HOW_MANY = re.compile(
    r"how many (?P<unit>letters?|characters?|words?|vowels?|(?P<letter>[a-z])(?:'s|s)?) (?:are |is |does |do )?"
    r"(?:there )?(?:in|has|have) (?P<what>.+)"
)
_SORT = re.compile(
    rf"{POLITE}sort(?: these| the| this)?(?: words?| list| names| numbers)?(?: alphabetically)?:? (?P<what>.+,.+)"
)
_CHOOSE = re.compile(
    r"(?:.*\b)?(?:choose|pick|decide|which one)\b(?:.*?(?:between|from|one of|:))? (?P<first>[\w ]+?)"
    r"(?:, (?P<more>[\w ,]+?))? or (?P<last>[\w ]+)"
)
_DICE = re.compile(rf"{POLITE}(?:roll|throw) (?:a |the |some |two |\d+ )?(?:die|dice)\b.*")
_COIN = re.compile(rf"{POLITE}(?:flip|toss) (?:a |the )?coin\b.*|heads or tails")


def do_chore(sentence: str, conversation: Conversation) -> str | None:
    plain = simple(sentence).rstrip("?!. ")
    if (found := _REPEAT.match(sentence.strip())) and not _NOT_REPEATED.match(found["what"]):
        return _unquoted(found["what"])
    for done in (_turned(sentence), _counted(plain), _sorted(plain), _chosen(plain, conversation)):
        if done is not None:
            return done
    return None


def _unquoted(text: str) -> str:
    text = text.strip()
    found = re.fullmatch(r"[\"“'‘](.+)[\"”'’][.!]?", text, re.DOTALL)
    return found[1] if found else text


def _turned(sentence: str) -> str | None:
    for verb, turn in _TURNS:
        found = re.match(rf"{POLITE}{verb}\b{_TURNED}", sentence, re.IGNORECASE | re.DOTALL)
        if found is None:
            continue
        what = found["what"]
        quoted = _QUOTED.search(what)
        if quoted is None and (len(what.split()) > 8 or re.match(r"an? ", what)):
            return None
        return turn(quoted[1] if quoted else what.strip().rstrip("?!."))
    return None


def _counted(plain: str) -> str | None:
    if found := _COUNT_TO.fullmatch(plain):
        first, last = int(found[1] or 1), int(found[2])
        return ", ".join(map(str, range(first, last + 1))) if first <= last <= first + 999 else "That is too long."
    found = _HOW_MANY.fullmatch(plain)
    if found is None:
        return None
    what = found["what"].strip("\"' ")
    what = re.sub(r"^(?:the )?(?:word|sentence|text|phrase) ", "", what).strip("\"' ")
    counts = {
        "letter": sum(map(str.isalpha, what)),
        "character": len(what),
        "word": len(what.split()),
        "vowel": len(re.findall(r"[aeiou]", what)),
    }
    if found["letter"]:
        count, unit = what.count(found["letter"]), f"letter “{found['letter']}”"
        return f"The {unit} stands **{count}** time{'s' * (count != 1)} in “{what}”."
    unit = found["unit"].removesuffix("s")
    return f"“{what}” has **{counts[unit]}** {unit}{'s' * (counts[unit] != 1)}."


def _sorted(plain: str) -> str | None:
    found = _SORT.fullmatch(plain)
    if found is None:
        return None
    words = [word.strip() for word in re.split(r",| and ", found["what"]) if word.strip()]
    if all(re.fullmatch(r"-?\d+(?:\.\d+)?", word) for word in words):
        words.sort(key=float)
    else:
        words.sort()
    return "\n".join(f"{place}. {word}" for place, word in enumerate(words, 1))


def _chosen(plain: str, conversation: Conversation) -> str | None:
    # The same conversation gives the same answer: chance here is a number made of what was said.
    chance = zlib.crc32("\n".join(said.words for said in conversation.said).encode(errors="surrogatepass"))
    if _DICE.fullmatch(plain):
        return f"You rolled a **{chance % 6 + 1}**."
    if _COIN.fullmatch(plain):
        return f"**{('Heads', 'Tails')[chance % 2]}**."
    found = _CHOOSE.fullmatch(plain)
    if found is None:
        return None
    options = [found["first"], *(found["more"] or "").split(","), found["last"]]
    options = [option.strip() for option in options if option.strip()]
    return f"I choose **{options[chance % len(options)]}**. (It was a toss-up: the real Claude weighs reasons.)"
