"""Whose eyes folders and files are for, and whose they are."""

import os
import stat
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.folders import is_shared, make, opened, private
from tests.strangers import STRANGER, open_folder


def test_the_data_directory_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "data"
    private(folder)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o1777, 0o2775, 0o755])
def test_a_folder_that_somebody_else_made_stays_as_it_is(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(mode)

    private(folder)

    assert stat.S_IMODE(folder.stat().st_mode) == mode


def test_a_folder_that_takes_nothing_from_us_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write anywhere

    with pytest.raises(SettingsError, match="Permission denied"):
        private(tmp_path)


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingsError, match="DATA_DIR cannot be used"):
        private(tmp_path / "file" / "data")


def test_what_root_makes_in_somebody_elses_folder_is_theirs() -> None:
    whose = STRANGER if os.geteuid() == 0 else os.geteuid()
    with open_folder() as theirs:
        os.chown(theirs, whose, -1)
        make(theirs / "usage")
        os.close(opened(theirs / "usage" / "file", os.O_WRONLY))

        assert {path.stat().st_uid for path in theirs.rglob("*")} == {whose}


def test_a_file_behind_a_link_is_made_where_that_leads(tmp_path: Path) -> None:
    (tmp_path / "file").symlink_to(tmp_path / "elsewhere")

    os.close(opened(tmp_path / "file", os.O_WRONLY))

    assert stat.S_IMODE((tmp_path / "elsewhere").stat().st_mode) == 0o600


def test_a_file_that_is_there_is_opened_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("words")
    file.chmod(0o640)

    with os.fdopen(opened(file, os.O_RDONLY)) as there:
        assert there.read() == "words"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_folder_is_shared_where_others_may_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert not is_shared(tmp_path)
    assert not is_shared(tmp_path / "none")

    tmp_path.chmod(0o1777)
    assert is_shared(tmp_path)
