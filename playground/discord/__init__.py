"""A Discord on this machine: REST and gateway in the exact wire format, for the unmodified discord.py.

`Discord(port)` is used with `async with`; its `addresses` are `api` (DISCORD_API_URL), `gateway` (DISCORD_GATEWAY_URL),
`control` and `page`. The bot's token is `playground-discord-token`; any other is refused with 401. There is one server,
"Playground", with the channels general and random and the people ada (owner, moderator), grace and alan; wherever a
channel or a person is named, an id or a name will do.

Control, `POST <control>/<verb>` with JSON; a wrong one is answered with 400 and `{"error": sentence}`:

config      see config.py: latency, limits, privileged intents, times
faults      see playground/faults.py; a list adds. Methods are those of the record: message.create, message.edit,
            original.edit, followup.create, interaction.callback, typing, ...; `{"error": "10008"}` is Discord's code.
            A 429 may add `"scope": "user" | "shared" | "global"`; any status `"via": false`: Cloudflare or a proxy
            says so in Discord's place, in plain text
reset       forgets records, faults and what is used of the limits
say         {"channel" | "thread" | "dm": true, "user", "text", "mention": true, "reply_to", "ping": true, "forward",
            "attachments": [{"filename", "text" | "base64", "elsewhere"}], "type"} -> {"id", "channel"}; with "forward"
            the text is a second message, as Discord's own apps send it, and the id is that one's
edit        {"message", "text"}; delete {"message"}: by its author or a moderator
interact    {"command": "ask" or "model set" or a context menu's name, "options": {...}, "user", "channel" | "private":
            true (direct messages), "target": message of a context menu, "install": "user", "focused": option}
            -> {"id", "token", "channel"}
press       {"message", "custom_id" (or the label), "user", "values"}; submit {"interaction" that opened it, "values"}
react       {"message", "emoji", "user", "remove": true}; type {"channel", "user"}
thread      {"channel" or "message", "name", "user", "private": true} -> {"id"}; in a forum "text", "mention", too
archive     {"thread", "archived": true, "locked"}; admit {"thread", "out": true}: the bot is added, or taken out
deny        {"channel", "permissions": ["SEND_MESSAGES", ...]}: what the bot may not do there; of one that it may
            not see (VIEW_CHANNEL) the gateway tells next to nothing
add_user    {"name", "display", "guild", "roles", "bot": true, "closed": true} -> {"id"}
add_guild   {"name", "id", "bot": false} -> {"id", "channel"}
add_channel {"guild", "name", "forum": true, "hidden": true}, or {"name", "people"}: a group, where the bot is not
            -> {"id"}; hidden: from @everyone but the bot and the owner
remove_channel {"channel" or a thread}; kick {"guild", "unavailable": true}: the bot is removed, or it is away
welcome {"guild"}: the bot comes back
op7, op9 {"resumable"}, drop, close {"code"}, frame {"text", JSON or not}: to all connections
op9         {"identifies": 3}: in answer to so many of those that come
redeliver   {"id" of a message or interaction | "last"}

`GET <control>/state?since=N` is the record (playground/record.py): calls, versions (with `pings`: whom this version
highlights, `notified`: whose phone a mention in it rang, `shown_to`: the one person who sees an ephemeral one),
interactions, choices, typing, threads, commands, connections. `GET <control>/world`: who and what there is.
"""

from playground.discord.config import TOKEN, Config
from playground.discord.platform import Platform
from playground.discord.server import Discord

__all__ = ["TOKEN", "Config", "Discord", "Platform"]
