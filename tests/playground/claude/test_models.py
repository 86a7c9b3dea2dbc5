"""The catalogue: pages, sizes, what each model can."""

from playground.claude.models import CATALOGUE, Catalogue, describe


def test_pages_join_to_the_whole_list() -> None:
    catalogue, ids, after = Catalogue(), [], ""
    while True:
        page = catalogue.page(after=after, limit=3)
        ids += [model["id"] for model in page["data"]]  # type: ignore[attr-defined]  # JSON
        after = str(page["last_id"])
        if not page["has_more"]:
            break

    assert ids == [model.id for model in CATALOGUE if model.lifecycle != "retired"]


def test_a_page_before_a_model_ends_just_there() -> None:
    ids = [model.id for model in CATALOGUE]

    page = Catalogue().page(before=ids[4], limit=2)

    assert (page["first_id"], page["last_id"], page["has_more"]) == (ids[2], ids[3], True)
    assert Catalogue().page(before=ids[1], limit=5)["has_more"] is False


def test_a_page_may_be_empty() -> None:
    assert Catalogue(()).page()["data"] == []
    assert Catalogue(()).page()["first_id"] is None


def test_a_size_is_set_by_id_by_alias_or_for_all() -> None:
    small = Catalogue().resized({"*": 100, "claude-haiku-4-5": 50}, {"claude-opus-5": 7})

    sizes = {model.id: (model.context, model.output) for model in small.models}
    assert sizes["claude-haiku-4-5-20251001"] == (50, 64_000)
    assert sizes["claude-opus-5"] == (100, 7)


def test_every_model_but_a_retired_one_tells_its_limits() -> None:
    for model in CATALOGUE:
        described = describe(model)

        assert (described["max_input_tokens"] is None) == (model.lifecycle == "retired")
        assert described["line"] in ("haiku", "sonnet", "opus", "fable")
        assert (described["deprecated_at"] is None) == (model.lifecycle == "active")
