"""Files in prompts: which stay at hand for a later question, and which go first when they are too much."""

import pytest

from core import prompts
from core.contract import File
from core.errors import ChatError, Rejected, TooLarge
from core.store import Store
from core.store.sealing import Sealer
from core.store.vault import Vault
from core.trace import Trace
from tests.core.store.world import KEYS, NAMES
from tests.core.test_files import png
from tests.core.test_paper import paper_of
from tests.core.test_prompts import Desk, Untouched, blocks, claim, kinds, message, said

pytestmark = pytest.mark.anyio


@pytest.fixture
def desk() -> Desk:
    return Desk(Trace(Store(Untouched(), NAMES, Vault(NAMES, Sealer(KEYS)))))


async def test_a_long_pdf_is_read_again_where_the_api_counted_less_than_its_pages_may_cost(desk: Desk) -> None:
    desk.platform.files, desk.shelf.sizes = {"F1": paper_of(90)}, {"m1": 200_000}
    first = await desk.of(claim(message(files=(File("F1", "book.pdf", 9_000),))))
    known, unknown = first.exchange([said("A book.")], 60_000), first.exchange([said("A book.")])
    assert known is not None
    assert unknown is not None

    fits = await desk.of(claim(message("And page 3?"), known))
    does_not = await desk.of(claim(message("And page 3?"), unknown))

    assert [kinds(one.prompt.messages)[0] for one in (first, fits, does_not)] == ["document", "document", "text"]
    assert (fits.prompt.pages, fits.noted("")) == (90, "")
    assert does_not.noted("Stopped.") == prompts.no_room(["book.pdf"]) + " Stopped."
    assert "“book.pdf”" in prompts.no_room(["book.pdf"])


@pytest.mark.parametrize(
    ("error", "partly", "wholly"),
    [(Rejected(), prompts.UNSEEN, prompts.UNLIKED), (TooLarge(), prompts.TOO_MUCH_SEEN, prompts.TOO_LONG)],
)
async def test_a_text_is_left_out_after_the_images_and_pdfs_beside_it(
    desk: Desk, error: ChatError, partly: str, wholly: str
) -> None:
    desk.platform.files = {"F1": b"Zaphod lives in Oslo.", "F2": png(), "F3": paper_of(30)}
    attached = tuple(File(ref, ref, 50) for ref in desk.platform.files)
    asked = await desk.of(claim(message(files=attached)))

    less = await desk.prompts.less(asked, error, desk.told.append)
    assert less is not None
    least = await desk.prompts.less(less, error, desk.told.append)

    assert [block["type"] for block in blocks(less.prompt.messages[-1])] == ["document", "text", "text", "text"]
    assert [block["type"] for block in blocks(less.question)] == ["file", "text", "text", "text"]
    assert (less.noted(""), less.prompt.pages) == (partly, 0)
    assert least is not None
    assert [block["type"] for block in blocks(least.prompt.messages[-1])] == ["text"] * 4
    assert least.noted("") == wholly
