"""`/_control`: what was seen, how Slack shall behave, and what people do. The verbs are in hands.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from playground.faults import Plan
from playground.record import JsonObject
from playground.slack import shapes
from playground.slack.desk import Desk
from playground.slack.errors import Nonsense
from playground.slack.hands import Hands
from playground.slack.world import BOT

Verb = Callable[[Mapping[str, Any]], JsonObject]


@dataclass(eq=False, slots=True)
class Control:
    """`configure(raw)` changes the settings; `reset()` forgets records, messages, faults and used limits."""

    desk: Desk
    hands: Hands
    plan: Plan
    configure: Callable[[Mapping[str, Any]], JsonObject]
    reset: Callable[[], None]

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_control/state", self.state),
            web.get("/_control/world", self.world),
            web.post("/_control/{verb}", self.act),
            web.delete("/_control/faults", self.clear_faults),
        ]

    async def state(self, request: web.Request) -> web.Response:
        try:
            since = int(request.query.get("since", 0))
        except ValueError:
            return _nonsense("since is a whole number")
        return web.json_response(self.desk.record.state(since) | {"sockets": self.desk.sockets.open})

    async def world(self, request: web.Request) -> web.Response:
        """People and channels as they are now, and which of the people is the app."""
        world = self.desk.world
        channels = [shapes.channel(c) | {"members": sorted(c.members)} for c in world.channels.values()]
        people = [shapes.person(person) for person in world.people.values()]
        return web.json_response({"bot": BOT.id, "people": people, "channels": channels})

    async def clear_faults(self, request: web.Request) -> web.Response:
        self.plan.clear()
        return web.json_response({})

    async def act(self, request: web.Request) -> web.Response:
        """One verb, with a JSON body."""
        try:
            raw = await request.json() if request.can_read_body else {}
            return web.json_response(self._act(request.match_info["verb"], raw))
        except (ValueError, TypeError, KeyError) as error:  # Nonsense too: what was posted cannot be
            return _nonsense(str(error) if isinstance(error, Nonsense) else type(error).__name__)

    def _act(self, name: str, raw: Any) -> JsonObject:  # noqa: ANN401  # JSON from outside
        if name == "faults":
            self.plan.add([raw] if isinstance(raw, dict) else raw)
            return {"faults": len(self.plan)}
        if not isinstance(raw, dict):
            raise Nonsense("a JSON object is wanted")
        if name == "reset":
            self.reset()
            return {}
        verb = self.configure if name == "config" else self._verbs().get(name)
        if verb is None:
            raise Nonsense(f"there is no such verb; there are {', '.join(sorted(self._verbs()))}")
        return verb(raw)

    def _verbs(self) -> dict[str, Verb]:
        hands = self.hands
        return {
            "say": hands.say,
            "edit": hands.edit,
            "delete": hands.delete,
            "slash": hands.slash,
            "press": hands.press,
            "shortcut": hands.shortcut,
            "stop_session": hands.stop_session,
            "event": hands.event,
            "frame": hands.frame,
            "redeliver": hands.redeliver,
            "disconnect": hands.disconnect,
            "drop": hands.drop,
            "freeze": hands.freeze,
            "archive": hands.archive,
            "kick": hands.kick,
            "remove_channel": hands.remove_channel,
            "share": hands.share,
            "invite": hands.invite,
            "add_user": hands.add_user,
            "add_channel": hands.add_channel,
        }


def _nonsense(sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=400)
