"""The table of methods: what an app with the usual scopes can call, and in which tier."""

from playground.slack.methods import METHODS
from playground.slack.rates import PER_MINUTE
from playground.slack.settings import SCOPES


def test_the_usual_scopes_open_every_method_but_the_teams_own_page() -> None:
    closed = {name for name, method in METHODS.items() if method.scopes and not set(method.scopes) & set(SCOPES)}

    assert closed == {"team.info"}


def test_every_tier_has_a_budget_or_is_special() -> None:
    assert {method.tier for method in METHODS.values()} == {0, *PER_MINUTE}


def test_only_the_way_to_a_socket_wants_the_app_level_token() -> None:
    assert {name for name, method in METHODS.items() if method.app} == {"apps.connections.open"}
