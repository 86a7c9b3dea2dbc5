"""A text that grows is what was appended, however often it is looked at meanwhile."""

from core.draft import Draft


def test_a_text_that_grows_is_all_that_was_appended_and_has_its_length() -> None:
    draft = Draft("So ")

    for part in ("it ", "grows", ""):
        draft.append(part)
        assert draft.length == len(str(draft))

    assert (str(draft), str(draft), str(Draft())) == ("So it grows", "So it grows", "")
