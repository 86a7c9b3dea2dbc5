"""A Claude on this machine: the Messages API and the models' pages, in the wire format of API version 2026-10-21.

It answers offline and by small rules (`mind/`): it says so, and how to get the real one. It checks a request as the
API does, accounts for the prompt cache, streams at a human pace, and breaks in every way that the API can.

Control API, JSON, under `/_control`:
GET    /state?since=N   what was recorded (playground.record). A call of the method `messages.create` has, beside the
                        common fields: `arguments` (the body), `headers` (no key), `request_id`, `model`, `text`,
                        `stop_reason`, `usage`, `deltas` ([monotonic seconds, characters of text so far], one for each
                        delta) and `ended`: "done", "gone" (the client went away, at `gone`), or the fault's word.
                        The other methods: messages.count_tokens, models.list, models.retrieve.
POST   /config          an object (config.py)
POST   /script          a list of what to say to which question (script.py); DELETE clears it
POST   /faults          a list of faults (playground.faults); DELETE clears it
POST   /reset           forget records, faults, the script, the cache and what is used of the limits; settings stay

A fault's `do` is an HTTP status (with `message`, `type`, `code`: the error's error_code, `retry_after`), "lost",
"reset", "hang", or something that happens while the answer is streamed:
sse_error   an `error` event (`type`, `message`, `code`)      cut      a TCP reset
fin         the connection is closed within the body         end      a clean end without message_stop
stall       nothing more comes                               pings    only pings come, one each `every` seconds (0.1)
garbage     an event that is no JSON, then the end           unknown  events, deltas and blocks of unknown types
`after`: pieces of text before it; 0: only the message's opening; without it: nothing but the headers.
Or the answer itself ends in another way, after so many pieces of text (0):
refusal (`category`, `explanation`), max_tokens, pause_turn, context_exceeded, empty
"""

from playground.claude.config import Config
from playground.claude.server import Claude

__all__ = ["Claude", "Config"]
