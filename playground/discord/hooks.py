"""The REST API's interactions and their webhooks: their token stands in the path. No I/O."""

from playground.discord import interactions, posts
from playground.discord.endpoint import Ask, Endpoint
from playground.discord.platform import Platform


def callback(here: Platform, ask: Ask) -> object:
    told = ask.query.get("with_response") in ("1", "true")
    return interactions.answer(here, ask.path["interaction"], ask.path["token"], ask.body, ask.files, told=told)


def create(here: Platform, ask: Ask) -> object:
    return here.writer.message(interactions.follow_up(here, ask.path["token"], ask.body, ask.files))


def edit(here: Platform, ask: Ask) -> object:
    return here.writer.message(interactions.edit(here, ask.path["token"], _ref(ask), ask.body, ask.files))


def get(here: Platform, ask: Ask) -> object:
    return here.writer.message(interactions.message_of(here, ask.path["token"], _ref(ask)))


def delete(here: Platform, ask: Ask) -> None:
    posts.delete(here, interactions.message_of(here, ask.path["token"], _ref(ask)), "original.delete")


def _ref(ask: Ask) -> str:
    return ask.path.get("message", "@original")


HOOK = "/webhooks/{app}/{token}"

ENDPOINTS = (
    Endpoint("POST", "/interactions/{interaction}/{token}/callback", "interaction.callback", callback, signed=False),
    Endpoint("POST", HOOK, "followup.create", create, "webhook", signed=False),
    *(
        Endpoint(method, f"{HOOK}/messages/{which}", f"{name}.{verb}", act, "webhook", signed=False)
        for which, name in (("@original", "original"), ("{message}", "followup"))
        for method, verb, act in (("PATCH", "edit", edit), ("GET", "get", get), ("DELETE", "delete", delete))
    ),
)
