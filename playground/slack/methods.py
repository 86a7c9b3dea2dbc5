"""The table of the Web API: which methods there are, their tier, and the scopes of which a token needs one. No I/O.

Tiers and scopes from docs.slack.dev/reference/methods; tier 0 is "special": rates.py knows what is published of it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from playground.slack import chat, conversations, files, people, signs
from playground.slack.arguments import Arguments
from playground.slack.desk import Desk
from playground.slack.world import JsonObject

Work = Callable[[Desk, Arguments], JsonObject]
HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
READ = ("channels:read", "groups:read", "im:read", "mpim:read")
WRITE, FILES, USERS, REACT = ("chat:write",), ("files:write",), ("users:read",), ("reactions:write",)
ASSISTANT = ("assistant:write",)


@dataclass(frozen=True, slots=True)
class Method:
    """`app`: it wants the app-level token instead of the bot's."""

    work: Work
    tier: int = 0
    scopes: tuple[str, ...] = ()
    app: bool = False


METHODS = {
    "agents.sessions.rename": Method(signs.rename_session, 3, WRITE),
    "agents.sessions.setStatus": Method(signs.set_session, 3, WRITE),
    "apps.connections.open": Method(people.open_connection, 3, app=True),
    "assistant.threads.setStatus": Method(signs.set_status, 0, WRITE),
    "assistant.threads.setSuggestedPrompts": Method(signs.set_suggested_prompts, 4, ASSISTANT),
    "assistant.threads.setTitle": Method(signs.set_title, 4, ASSISTANT),
    "auth.test": Method(people.auth_test),
    "bots.info": Method(people.bot_info, 3, USERS),
    "chat.delete": Method(chat.delete, 3, WRITE),
    "chat.getPermalink": Method(chat.get_permalink),
    "chat.postEphemeral": Method(chat.post_ephemeral, 4, WRITE),
    "chat.postMessage": Method(chat.post_message, 0, WRITE),
    "chat.update": Method(chat.update, 3, WRITE),
    "conversations.history": Method(conversations.history, 3, HISTORY),
    "conversations.info": Method(conversations.info, 3, READ),
    "conversations.list": Method(conversations.list_, 2, READ),
    "conversations.members": Method(conversations.members, 4, READ),
    "conversations.open": Method(conversations.open_, 3, ("im:write", "mpim:write")),
    "conversations.replies": Method(conversations.replies, 3, HISTORY),
    "files.completeUploadExternal": Method(files.complete_upload, 4, FILES),
    "files.getUploadURLExternal": Method(files.get_upload_url, 4, FILES),
    "files.info": Method(files.info, 4, ("files:read",)),
    "reactions.add": Method(signs.add_reaction, 3, REACT),
    "reactions.remove": Method(signs.remove_reaction, 2, REACT),
    "team.info": Method(people.team_info, 3, ("team:read",)),
    "users.conversations": Method(conversations.of_user, 3, READ),
    "users.info": Method(people.user_info, 4, USERS),
    "users.list": Method(people.users, 2, USERS),
}
