"""Simple arithmetic, and the units that people ask for. No I/O."""

import ast
import operator
import re
from collections.abc import Callable
from math import factorial, isqrt, sqrt

from playground.claude.mind.conversation import Conversation
from playground.claude.mind.library import simple

_LEAD = re.compile(
    r"^(?:hey |please |and |ok |so |now |can you |could you |tell me |do you know )*"
    r"(?:what(?:'s| is| are| does)|how much (?:is|are)|calculate|compute|evaluate|solve|work out|add up|the result of)?"
    r" *(?:the )?"
)
_WORDS = (
    (r"(\d(?:[\d.]*\d)?) ?(?:%|percent) of ", r"\1 / 100 * "),
    (r"square root of (\d+(?:\.\d+)?)", r"(\1) ** 0.5"),
    (r"cube of (\d+)", r"(\1) ** 3"),
    (r" squared", " ** 2"),
    (r" cubed", " ** 3"),
    (r" to the power of | raised to ", " ** "),
    (r"\^", " ** "),
    (r" multiplied by | times ", " * "),
    (r" divided by | over ", " / "),
    (r" plus ", " + "),
    (r" minus ", " - "),
    (r" modulo | mod ", " % "),
    (r"(?<=[\d)])\s*[x×·]\s*(?=[\d(])", " * "),
    (r"÷", "/"),
    (r"−", "-"),
    (r"(?<=\d),(?=\d{3}\b)", ""),
)
_ONLY = re.compile(r"[\d.+\-*/%() ]+")
_OPERATORS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_NUMBERS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_NUMBERS |= {"nine": 9, "ten": 10, "eleven": 11, "twelve": 12}
_UNITS: dict[tuple[str, str], Callable[[float], float]] = {
    ("km", "mile"): lambda x: x / 1.609344,
    ("mile", "km"): lambda x: x * 1.609344,
    ("kg", "pound"): lambda x: x / 0.45359237,
    ("pound", "kg"): lambda x: x * 0.45359237,
    ("celsius", "fahrenheit"): lambda x: x * 9 / 5 + 32,
    ("fahrenheit", "celsius"): lambda x: (x - 32) * 5 / 9,
    ("meter", "foot"): lambda x: x / 0.3048,
    ("foot", "meter"): lambda x: x * 0.3048,
    ("cm", "inch"): lambda x: x / 2.54,
    ("inch", "cm"): lambda x: x * 2.54,
    ("liter", "gallon"): lambda x: x / 3.785411784,
    ("gallon", "liter"): lambda x: x * 3.785411784,
    ("hour", "minute"): lambda x: x * 60,
    ("minute", "second"): lambda x: x * 60,
    ("day", "hour"): lambda x: x * 24,
    ("week", "day"): lambda x: x * 7,
}
_SPELLINGS = {
    "kilometer": "km",
    "kilometre": "km",
    "mi": "mile",
    "kilogram": "kg",
    "kilo": "kg",
    "lb": "pound",
    "lbs": "pound",
    "c": "celsius",
    "f": "fahrenheit",
    "m": "meter",
    "metre": "meter",
    "ft": "foot",
    "feet": "foot",
    "centimeter": "cm",
    "centimetre": "cm",
    "inches": "inch",
    "in": "inch",
    "litre": "liter",
    "l": "liter",
}
_CONVERT = re.compile(
    r"(?:.*\b)?(?P<much>-?\d+(?:\.\d+)?) ?(?:degrees? |°)?(?P<unit>[a-z]+)\b (?:in|to|into|as)"
    r" (?:degrees? |°)?(?P<other>[a-z]+)"
    r"|how many (?P<other2>[a-z]+) (?:are |is )?(?:there )?in (?:a |an )?(?P<much2>\d+(?:\.\d+)?)? ?(?P<unit2>[a-z]+)"
)


def calculate(sentence: str, conversation: Conversation) -> str | None:
    plain = simple(sentence).rstrip("?.= ")
    return _special(plain) or _converted(plain) or _sum(plain.rstrip("! "), conversation)


def _sum(plain: str, conversation: Conversation) -> str | None:
    body = _LEAD.sub("", plain)
    for word, number in _NUMBERS.items():
        body = re.sub(rf"\b{word}\b", str(number), body)
    body = f" {body}"
    for pattern, sign in _WORDS:
        body = re.sub(pattern, sign, body)
    body = body.strip()
    if re.match(r"[*/+]|- ", body) and (last := _last_result(conversation)):
        body = f"{last} {body}"  # "times 3?" goes on from the last result
    if not _ONLY.fullmatch(body) or not re.search(r"\d.*[-+*/%]", body) or re.fullmatch(r"[\d-]+", body):
        return None
    try:
        result = evaluate(body)
    except ZeroDivisionError:
        return "That divides by zero, which has no result."
    except (ValueError, SyntaxError, OverflowError):
        return None
    return f"{' '.join(body.replace('**', '^').split())} = **{show(result)}**"


def _last_result(conversation: Conversation) -> str:
    """The number in bold that was said last, "" for none."""
    for said in reversed(conversation.before):
        if said.role == "assistant" and (found := re.findall(r"= \*\*(-?[\d,]+(?:\.\d+)?)\*\*", said.words)):
            return str(found[-1].replace(",", ""))
    return ""


def evaluate(expression: str) -> float:
    """The value of an expression of numbers. Raises ValueError for anything else, and for what is too large."""
    return _value(ast.parse(expression, mode="eval").body)


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        base, power = _value(node.left), _value(node.right)
        if abs(power) > 200 or abs(base) > 1e12 or (base < 0 and power != int(power)):
            raise ValueError("too large")
        return float(base**power) if power < 0 else base**power
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.left), _value(node.right))
    raise ValueError("not arithmetic")


def show(number: float) -> str:
    """A result as people write it: thousands apart, no more digits than it has."""
    if isinstance(number, int) or (number == int(number) and abs(number) < 1e15):
        return f"{int(number):,}"
    return f"{number:,.6f}".rstrip("0").rstrip(".")


def _special(plain: str) -> str | None:
    if found := re.fullmatch(r"(?:is )?(\d{1,12}) (?:a )?prime(?: number)?", plain):
        number = int(found[1])
        divisor = next((one for one in range(2, min(isqrt(number), 1_000_000) + 1) if number % one == 0), None)
        if number > 1 and divisor is None:
            return f"Yes, **{number:,}** is a prime number."
        return f"No, **{number:,}** is not prime" + (
            f": it is {divisor:,} × {number // divisor:,}." if divisor else "."
        )
    if found := re.search(r"factorial of (\d{1,3})\b", plain) or re.fullmatch(
        r"(?:what is |calculate )?(\d{1,3})!", plain
    ):
        return f"{found[1]}! = **{factorial(int(found[1])):,}**" if int(found[1]) <= 170 else None
    if found := re.fullmatch(r"(?:what(?:'s| is) )?(?:the )?(?:square root|sqrt)(?: of |\()(\d+(?:\.\d+)?)\)?", plain):
        return f"√{found[1]} = **{show(sqrt(float(found[1])))}**"
    return None


def _converted(plain: str) -> str | None:
    found = _CONVERT.fullmatch(plain)
    if found is None:
        return None
    much = float(found["much"] or found["much2"] or 1)
    unit, other = (_unit(found[name] or found[f"{name}2"]) for name in ("unit", "other"))
    change = _UNITS.get((unit, other))
    return (
        None
        if change is None
        else f"{show(much)} {_plural(unit)} = **{show(round(change(much), 3))}** {_plural(other)}"
    )


def _unit(word: str) -> str:
    known = {unit for pair in _UNITS for unit in pair}
    singular = word if word in known else word.removesuffix("s")
    return _SPELLINGS.get(word) or _SPELLINGS.get(singular) or singular


def _plural(unit: str) -> str:
    fixed = {"foot": "feet", "inch": "inches", "celsius": "°C", "fahrenheit": "°F"}
    return fixed.get(unit, unit if len(unit) == 2 else f"{unit}s")
