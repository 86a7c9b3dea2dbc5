"""Compaction on demand: a conversation as a signed summary that takes its place. No I/O."""

from dataclasses import replace

from playground.claude.answer import Answer, Part
from playground.claude.errors import Refused
from playground.claude.mind import hear, summary
from playground.claude.mind.conversation import Said
from playground.claude.request import Request
from playground.claude.seals import sign_compaction


def compact(request: Request) -> Answer:
    """The answer to a compaction request: one block. Raises Refused where a turn is still open."""
    last = request.turns[-1]
    if last.role == "assistant" and any(block["type"] == "tool_use" for block in last.blocks):
        raise Refused(400, "The conversation's last turn is not finished.", code="compaction_incomplete_turn")
    conversation = hear(request)
    # Here the newest message is no question: it is part of what is summarized.
    told = summary(replace(conversation, said=(*conversation.said, Said("user", "", {}))))
    fields = {"content": told, "signature": sign_compaction(told), "tool_changes": []}
    return Answer((Part("compaction", (), fields),), "compaction")
