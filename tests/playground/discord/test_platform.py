"""What belongs to one running Discord."""

from playground.discord import Config, Platform


def test_where_it_listens_shows_in_every_address() -> None:
    here = Platform()
    here.listen_on("http://127.0.0.1:8080")

    assert here.gateway.address == "ws://127.0.0.1:8080/gw/"
    assert here.links.origin == "http://127.0.0.1:8080"


def test_the_gateway_follows_a_change_of_the_config() -> None:
    here = Platform()
    here.configure(Config(heartbeat_seconds=5, link_seconds=7))

    assert here.gateway.config().heartbeat_seconds == 5
    assert here.links.life == 7


def test_a_reset_forgets_the_record_and_keeps_the_people() -> None:
    here = Platform()
    here.record.add("calls")
    here.plan.add([{"method": "*", "do": "500"}])
    here.forget()

    assert "calls" not in here.record.state()
    assert len(here.plan) == 0
    assert here.world.user("ada")
