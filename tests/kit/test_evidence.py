"""Evidence: told by content, stripped, encrypted, bounded."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from jieti.kit import clock, evidence
from jieti.kit.errors import Refusal
from jieti.kit.evidence import Kept, forget, keep, kept_before, response_of
from jieti.kit.protection import decrypting_reader

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
EXIF_ORIENTATION, EXIF_MAKE = 0x0112, 0x010F


def picture(kind: str, mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (40, 20), 120 if mode == "L" else None).save(out, format=kind, **options)
    return out.getvalue()


def kept(content: bytes, name: str = "证明.jpg") -> Kept:
    return keep(io.BytesIO(content), name=name, folder="evidence")


def content_of(one: Kept, data_dir: Path) -> bytes:
    with decrypting_reader(data_dir / one.stored_as) as file:
        return file.read()


@pytest.mark.parametrize(("kind", "ending"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
def test_a_picture_is_what_its_content_says(kind: str, ending: str, data_dir: Path) -> None:
    one = kept(picture(kind), name="扫描件.pdf")
    assert (one.kind, one.name) == (kind.lower(), f"扫描件.{ending}")
    with Image.open(io.BytesIO(content_of(one, data_dir))) as again:
        assert (again.format, again.size) == (kind, (40, 20))


def test_what_is_kept_on_the_disk_is_encrypted(data_dir: Path) -> None:
    one = kept(PDF, name="完税证明.pdf")
    raw = (data_dir / one.stored_as).read_bytes()
    assert PDF not in raw
    assert not raw.startswith(b"%PDF")
    assert content_of(one, data_dir) == PDF
    assert "完税" not in one.stored_as


def test_a_photograph_keeps_nothing_but_the_picture(data_dir: Path) -> None:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION], exif[EXIF_MAKE] = 6, "Secret Camera"
    one = kept(picture("JPEG", exif=exif, comment=b"at home") + b"<script>hidden</script>")
    found = content_of(one, data_dir)
    for hidden in (b"Secret Camera", b"at home", b"hidden", b"Exif"):
        assert hidden not in found
    with Image.open(io.BytesIO(found)) as again:
        assert again.size == (20, 40)
        assert not dict(again.getexif())


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "P"), ("PNG", "RGBA"), ("PNG", "L"), ("JPEG", "CMYK"), ("PNG", "1")]
)
def test_every_kind_of_colour_is_taken(kind: str, mode: str, data_dir: Path) -> None:
    assert kept(picture(kind, mode)).kind == kind.lower()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空文件"),
        (b"MZ\x90\x00" + b"\0" * 100, "不是图片"),
        (b"<html><script>alert(1)</script></html>", "不是图片"),
        (b"GIF89a" + b"\0" * 50, "不是图片"),
        (b"\xff\xd8\xff\xe0" + b"not a jpeg at all", "不是图片"),
        (picture("PNG")[:60], "不是图片"),
        (b"%PDF-1.7\nand nothing more", "不是完整的PDF"),
        (b"<!-- -->" + PDF, "不是图片"),
        (b"x" * (evidence.MOST_BYTES + 1), "10 MB"),
    ],
)
def test_a_file_that_lies_about_its_kind_is_refused(content: bytes, words: str, data_dir: Path) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        kept(content)
    assert refused.value.what_to_do
    assert not list((data_dir / "evidence").glob("*")) if (data_dir / "evidence").exists() else True


def test_an_animated_or_other_format_is_not_opened(data_dir: Path) -> None:
    for kind in ("GIF", "TIFF", "BMP"):
        with pytest.raises(Refusal, match="不是图片"):
            kept(picture(kind))


def test_a_bomb_of_pixels_is_refused(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MOST_PIXELS", 500)
    with pytest.raises(Refusal, match="像素"):
        kept(picture("PNG"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\扫描\\税 票.pdf", "税 票.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("\u202e证明fdp.exe", "证明fdp.pdf"),
        ("", "文件.pdf"),
        ("长" * 300 + ".pdf", "长" * 100 + ".pdf"),
    ],
)
def test_names_are_harmless(name: str, shown: str, data_dir: Path) -> None:
    one = kept(PDF, name=name)
    assert one.name == shown
    assert Path(one.stored_as).parts[0] == "evidence"


def test_it_is_handed_out_as_a_download(db: None, data_dir: Path) -> None:
    one = kept(PDF, name="完税证明.pdf")
    response = response_of(one.stored_as, name=one.name, kind=one.kind)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert b"".join(response.streaming_content) == PDF  # type: ignore[arg-type]
    response.close()


def test_old_files_are_found_and_forgotten(data_dir: Path) -> None:
    one = kept(PDF)
    assert list(kept_before("evidence", clock.now() - timedelta(days=1))) == []
    assert list(kept_before("evidence", clock.now() + timedelta(days=1))) == [one.stored_as]
    forget(one.stored_as)
    forget(one.stored_as)
    assert list(kept_before("evidence", clock.now() + timedelta(days=1))) == []
