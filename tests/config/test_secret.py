from pathlib import Path

from jieti.config.secret import secret_key


def test_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    first = secret_key(folder)
    assert len(first) >= 64
    assert secret_key(folder) == first
    assert [file.name for file in folder.iterdir()] == ["secret_key"]
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600


def test_every_site_has_its_own(tmp_path: Path) -> None:
    assert secret_key(tmp_path / "a") != secret_key(tmp_path / "b")


def test_a_key_that_another_process_made_meanwhile_is_kept(tmp_path: Path) -> None:
    from jieti.config import secret

    (tmp_path / "secret_key").write_text("theirs")
    secret._write_once(tmp_path / "secret_key")
    assert secret_key(tmp_path) == "theirs"
