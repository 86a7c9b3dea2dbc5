"""Greetings and other words that are said to be polite. No I/O."""

import re

from playground.claude.mind.conversation import Conversation
from playground.claude.mind.facts import name_of
from playground.claude.mind.library import simple

_HELLO = re.compile(
    r"(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|hallo|moin|servus|bonjour|salut|hola"
    r"|ciao|ola|olá)(?: there| again| all| everyone| claude| parley| bot)*(?:,? (?P<rest>.*))?"
)
_FIXED = (
    (
        r"how are you.*|how(?:'s| is) it going.*|how do you do.*|what'?s up.*",
        "I am fine, thank you. What can I do for you?",
    ),
    (
        r"(?:(?:ok(?:ay)?|great|cool|perfect|alright|nice|fine),? )?"
        r"(?:(?:many )?thanks?(?: you)?\b.*|thx.*|cheers\W*|danke.*|merci.*|gracias.*)",
        "You are welcome!",
    ),
    (
        r"(?:good ?)?bye\b.*|see you.*|good night.*|tschüss.*|ciao ciao.*",
        "Goodbye! This conversation will be here when you come back.",
    ),
    (
        r"(?:ok|okay|alright|all right|fine|cool|great|nice|perfect|awesome|wow|good)(?: job| one| work)?\W*",
        "Good. What comes next?",
    ),
    (r"(?:yes|yep|yeah|sure|no|nope|nah)\W*", "Understood. Tell me more, or ask me something else."),
    (r"ping\W*", "pong"),
    (
        r".*\bweather\b.*|.*\b(?:rain|snow)\b.*\b(?:today|tomorrow|now|tonight)\b.*",
        "I am offline and have no window: I cannot tell what the weather is like.",
    ),
    (
        r"(?:this is (?:just )?)?(?:a )?test(?:ing)?(?: \d+)*(?:,? test)?\W*",
        "The test has arrived: I read you loud and clear.",
    ),
    (r"(?:i'?m |i am )?sorry\b.*", "No need to be sorry."),
    (
        r"(?:that'?s|that is|you are|you're) (?:wrong|incorrect|not (?:right|correct)).*",
        "You may well be right: I am a stand-in with a few rules. Tell me what is right, and I remember it here.",
    ),
    (
        r"i love you.*|you are (?:great|awesome|amazing|the best).*|you're (?:great|awesome|amazing|the best).*",
        "That is kind of you. The real Claude deserves it more than I do.",
    ),
)
INTRODUCTION = " I am the **offline stand-in** that answers in Claude’s place"
WHAT_NEXT = " What can I do for you?"
PERSONA = re.compile(r"behave like this:\n(.+)", re.DOTALL)


def greet(sentence: str, conversation: Conversation) -> str | None:
    found = _HELLO.fullmatch(simple(sentence).rstrip("!.?, "))
    if found is None or (found["rest"] and not _is_address(found["rest"])):
        return None
    name = name_of(conversation)
    hello = f"Hello, {name}!" if name else "Hello!"
    if any(said.role == "assistant" for said in conversation.before):
        return hello + WHAT_NEXT
    persona = PERSONA.search(conversation.system)
    role = (
        f"\n\nThis place gave me a persona ({_short(persona[1])}). The real Claude would play it; I only know of it."
        if persona
        else ""
    )
    return (
        f"{hello}{INTRODUCTION} while there is no API key. "
        "I work by small rules, but you can see how Parley feels: the answer grows while it is written, and I remember "
        f"what you said earlier.{role}\n\n"
        "Try one of these:\n"
        "- *What is Parley?* or *How do I get an API key?*\n"
        "- *My name is Ana*, and later *What is my name?*\n"
        "- *What is 17 * 23?*\n"
        "- *Write a Python function for Fibonacci numbers*\n"
        "- *Compare Slack and Discord in a table*"
    )


def _is_address(rest: str) -> bool:
    """Whether what follows a greeting is only a name or two."""
    return len(rest.split()) <= 2 and not re.search(r"\b(?:what|how|who|why|when|can|is|my|i)\b", rest)


def answer_politely(sentence: str, _: Conversation) -> str | None:
    plain = simple(sentence)
    return next((said for pattern, said in _FIXED if re.fullmatch(pattern, plain)), None)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line}”" if len(line) <= 80 else f"“{line[:79].rstrip()}…”"
