"""The site's secret key, made once."""

import contextlib
import os
import secrets
from pathlib import Path

LENGTH = 64


def secret_key(data_dir: Path) -> str:
    """The key kept in `data_dir`, made there at the first call and readable by its owner alone."""
    file = data_dir / "secret_key"
    # Not readable by others, yet passable: the database's own account has to reach its folder inside.
    data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    if not file.exists():
        _write_once(file)
    return file.read_text()


def _write_once(file: Path) -> None:
    draft = file.with_name(f".secret_key.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(LENGTH))
    with contextlib.suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()
