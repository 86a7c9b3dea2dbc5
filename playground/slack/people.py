"""auth.*, apps.*, team.*, users.* and bots.*: who is who. No I/O."""

from playground.slack import shapes
from playground.slack.arguments import Arguments
from playground.slack.conversations import page
from playground.slack.desk import Desk
from playground.slack.errors import Refused
from playground.slack.world import APP, BOT, TEAM, TEAM_DOMAIN, TEAM_NAME, JsonObject


def auth_test(desk: Desk, given: Arguments) -> JsonObject:
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": TEAM_NAME,
        "user": BOT.name,
        "team_id": TEAM,
        "user_id": BOT.id,
        "bot_id": BOT.bot,
        "is_enterprise_install": False,
    }


def open_connection(desk: Desk, given: Arguments) -> JsonObject:
    address = desk.world.origin.replace("http", "ws", 1)
    return {"url": f"{address}/link/?ticket={desk.sockets.ticket()}&app_id={APP}"}


def team_info(desk: Desk, given: Arguments) -> JsonObject:
    return {"team": shapes.team() | {"email_domain": "", "icon": {}}}


def user_info(desk: Desk, given: Arguments) -> JsonObject:
    (user,) = given.required("user")
    if user not in desk.world.people:
        raise Refused("user_not_found")
    return {"user": shapes.person(desk.world.people[user])}


def users(desk: Desk, given: Arguments) -> JsonObject:
    found = [shapes.person(person) for person in desk.world.people.values() if person.team == TEAM]
    part, cursor = page(found, given, 1000)
    return {"members": part, "cache_ts": 0, "response_metadata": {"next_cursor": cursor}}


def bot_info(desk: Desk, given: Arguments) -> JsonObject:
    wanted = given.text("bot") or BOT.bot
    found = next((person for person in desk.world.people.values() if person.bot == wanted), None)
    if found is None:
        raise Refused("bot_not_found")
    return {"bot": shapes.bot(found)}
