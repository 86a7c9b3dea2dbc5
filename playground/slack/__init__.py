"""A Slack on this machine: Web API and Socket Mode in the exact wire format, for the real slack-bolt and slack-sdk.

Tokens: xoxb-playground (bot), xapp-playground (app-level). SLACK_API_URL is the printed `api`. Open `page` in a browser
to be the people of this workspace.

Controls, all JSON, under `/_control`:
GET  state?since=N   the record (playground/record.py) and how many sockets are open. Kinds beside calls and versions:
                     deliveries (each envelope: attempt, connection, acked), lost (events nobody acknowledged),
                     failures (errors that a person saw), ephemerals, statuses, sessions, reactions, connections,
                     titles, prompts, resets
GET  world           people and channels
POST config          settings.py
POST faults          playground/faults.py; DELETE clears. Methods beside the API's: response_url, upload, download
POST reset           forget messages and records; keep people, channels, sockets and settings
POST <verb>          say edit delete slash press shortcut stop_session event frame redeliver disconnect drop
                     freeze archive kick invite share add_user add_channel remove_channel: hands.py

In here, from the bottom up: errors, world (nouns), rates and settings, arguments, content (checks), shapes (JSON),
sockets (Socket Mode), workspace (changes), desk and the methods (chat, conversations, people, signs, files), hooks,
hands, control, page, server.
"""

from playground.slack.server import Slack

__all__ = ["Slack"]
