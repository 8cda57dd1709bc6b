"""Files that people hand in as evidence: what they are is told by their content, and they are kept encrypted.

Photographs are drawn anew, so that nothing of them is left but the picture: no place, no device, no hidden parts.
Nothing is ever shown by the browser itself; `response_of` hands a file out as a download.
"""

import contextlib
import hashlib
import io
import secrets
import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.http import FileResponse
from PIL import Image, ImageOps, UnidentifiedImageError

from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.protection import decrypting_reader, encrypting_writer

MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 10
MOST_PIXELS = 60_000_000
LONGEST_NAME = 100
PDF, JPEG, PNG, WEBP = "pdf", "jpeg", "png", "webp"
TYPES = {PDF: "application/pdf", JPEG: "image/jpeg", PNG: "image/png", WEBP: "image/webp"}
ENDINGS = {PDF: "pdf", JPEG: "jpg", PNG: "png", WEBP: "webp"}
ACCEPT = ",".join(TYPES.values())
"""For the `accept` of a file field."""
LIMITS = "JPEG、PNG、WebP图片或者PDF，每个不超过10 MB，最多10个"
QUALITY = 92
TAIL = 2048
"""Readers look for a PDF's end within its last bytes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as it is kept: `name` for people, `kind` by content, `sha256` and `size` of the cleaned content.

    `stored_as` is the place of the encrypted file below settings.DATA_DIR.
    """

    name: str
    kind: str
    size: int
    sha256: str
    stored_as: str


def keep(file: IO[bytes], *, name: str, folder: str) -> Kept:
    """Checks, cleans, encrypts and keeps a file below settings.DATA_DIR / `folder`.

    Raises Refusal for a file that is empty, too large, or neither a picture that can be drawn nor a PDF.
    """
    content = file.read(MOST_BYTES + 1)
    shown = clean_name(name)
    if not content:
        raise Refusal(f"“{shown}”是空文件。", what_to_do="请检查文件后重新选择。")
    if len(content) > MOST_BYTES:
        raise Refusal(f"“{shown}”超过10 MB。", what_to_do="请压缩图片、降低扫描分辨率，或者分成几个文件提交。")
    kind, cleaned = _cleaned(content, shown)
    place = Path(settings.DATA_DIR) / folder
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    stored = place / secrets.token_hex(16)
    with encrypting_writer(stored) as out:
        out.write(cleaned)
    return Kept(
        name=f"{PurePosixPath(shown).stem[:LONGEST_NAME] or '证据'}.{ENDINGS[kind]}",
        kind=kind,
        size=len(cleaned),
        sha256=hashlib.sha256(cleaned).hexdigest(),
        stored_as=stored.relative_to(settings.DATA_DIR).as_posix(),
    )


@contextlib.contextmanager
def keeping(files: Iterable[File[Any]], *, folder: str) -> Iterator[list[Kept]]:
    """Keeps every file for what the block does with them; where one of them, or that, is refused, none is left.

    Raises Refusal, naming the file.
    """
    done: list[Kept] = []
    try:
        for one in files:
            done.append(keep(one, name=one.name or "", folder=folder))  # noqa: PERF401 - what is done is undone below
        yield done
    except Refusal:
        for kept in done:
            forget(kept.stored_as)
        raise


def distinct(brought: Sequence[Kept]) -> list[Kept]:
    """The same file twice is one, whose copies are taken away. Raises Refusal for more than ten."""
    found = {one.sha256: one for one in brought}
    if len(found) > MOST_FILES:
        raise Refusal(f"附件超过{MOST_FILES}个文件。", what_to_do="请合并成一个PDF，或者只提交最能说明问题的。")
    for one in brought:
        if found[one.sha256] is not one:
            forget(one.stored_as)
    return list(found.values())


def sweep(folder: str, *, known: Collection[str], before: datetime) -> int:
    """Takes away what was kept before the moment and never became part of anything known; how many that were."""
    strays = [one for one in kept_before(folder, before) if one not in known]
    for one in strays:
        forget(one)
    return len(strays)


def response_of(stored_as: str, *, name: str, kind: str) -> FileResponse:
    """The file as a download that the browser does not open by itself. Raises Undecipherable."""
    file = decrypting_reader(Path(settings.DATA_DIR) / stored_as)
    response = FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[kind])
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def forget(stored_as: str) -> None:
    """Takes a kept file away; one that is gone already is no error."""
    with contextlib.suppress(FileNotFoundError):
        (Path(settings.DATA_DIR) / stored_as).unlink()


def kept_before(folder: str, moment: datetime) -> Iterator[str]:
    """The files in the folder that were kept before the moment, as `stored_as` names them."""
    for path in sorted((Path(settings.DATA_DIR) / folder).glob("*")):
        if datetime.fromtimestamp(path.stat().st_mtime, tz=clock.now().tzinfo) < moment:
            yield path.relative_to(settings.DATA_DIR).as_posix()


def clean_name(name: str) -> str:
    """The last part of a file's name without what a screen or a header could trip over."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable()).strip() or "文件"


def _cleaned(content: bytes, name: str) -> tuple[str, bytes]:
    if content.startswith(b"%PDF-"):
        if b"%%EOF" not in content[-TAIL:]:
            raise Refusal(f"“{name}”不是完整的PDF。", what_to_do="请重新生成或者重新扫描后再选择。")
        return PDF, content
    try:
        return _redrawn(content)
    except Image.DecompressionBombError:
        raise Refusal(f"“{name}”的像素太多。", what_to_do="请缩小图片后再选择。") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise Refusal(
            f"“{name}”的内容不是图片或者PDF。", what_to_do="只接收JPEG、PNG、WebP图片和PDF；改文件名的后缀没有用。"
        ) from None


def _redrawn(content: bytes) -> tuple[str, bytes]:
    """The picture alone, turned the way it was held, in its own format. Raises what Pillow raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            kind = (picture.format or "").lower()
            turned = ImageOps.exif_transpose(picture)
    plain = turned if turned.mode in {"RGB", "L"} or (kind != JPEG and turned.mode == "RGBA") else turned.convert("RGB")
    fresh = Image.new(plain.mode, plain.size)
    fresh.paste(plain)
    out = io.BytesIO()
    fresh.save(out, format=kind.upper(), quality=QUALITY)
    return kind, out.getvalue()
