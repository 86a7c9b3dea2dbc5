"""The figures that the README tells, between its markers. No I/O."""

from collections.abc import Mapping, Sequence

from tests.benchmarks.cost import Costs
from tests.benchmarks.rows import BY_COMMAND, Row

BEGIN, END = "<!-- figures: make bench writes what follows -->", "<!-- figures end -->"


def told(readme: str, said: str) -> str:
    """The README with this between its markers. Raises ValueError when they are not there."""
    before, found, rest = readme.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError("the markers are gone")
    return f"{before}{BEGIN}\n{said.strip()}\n{END}{after}"


def paragraphs(live: Sequence[Row], costs: Costs | None, about: Mapping[str, object]) -> str:
    """What people want to know of it."""
    rows = {row.name: row for row in live}
    parts = [
        f"Measured on {about['cores']} cores with Python {about['python']} on {about['date']}.",
        _lags(rows, "Slack, answers at once in one workspace", "Slack, {} at once"),
        _lags(rows, "Slack, the same shared by two processes", "Slack, {} at once, two processes"),
        _lags(rows, "Discord, answers at once, each in its own channel", "Discord, {} channels"),
        _lags(rows, "Discord, asked with /ask in one channel", BY_COMMAND),
    ]
    if costs is not None:
        full, paced = costs.full, costs.paced
        parts.append(
            f"An answer of 200 tokens costs the bot {full.bot_ms:.1f} ms of processor time when Claude is as fast as "
            f"can be ({full.turns_a_second:.0f} answers a second), {paced.bot_ms:.1f} ms at 80 tokens a second with "
            f"40 at once. It needs {max(costs.memory):.0f} MiB of memory. A bot of sixty lines with the same two "
            f"libraries, which keeps nothing, shares no budget and seals nothing, costs "
            f"{costs.plain_full.bot_ms / full.bot_ms:.2g} and {costs.plain_paced.bot_ms / paced.bot_ms:.2g} times as "
            f"much on the same machine."
        )
    return "\n\n".join(part for part in parts if part)


def _lags(rows: Mapping[str, Row], head: str, name: str) -> str:
    found = [(count, row) for count in (1, 5, 10, 20, 50) if (row := rows.get(name.format(count)))]
    if not found:
        return ""
    lines = [f"| {count} | {row.p50:.2f} | {row.p95:.2f} | {row.end:.2f} |" for count, row in found]
    return "\n".join([f"| {head} | lag p50 | p95 | latest end |", "|---|---:|---:|---:|", *lines])
