import base64
import io
import logging
import os
import stat
from pathlib import Path

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, models
from django.test.utils import isolate_apps
from pytest_django import Settings

from jieti.kit import protection
from jieti.kit.protection import (
    CHUNK,
    HEADER,
    SEALED_CHUNK,
    EncryptedTextField,
    Protected,
    Undecipherable,
    decrypt,
    decrypting_reader,
    encrypt,
    encrypting_writer,
    keyed_hash,
    mask_identity,
    mask_phone,
)

NUMBER = "110116197001011234"


def key(byte: int) -> str:
    return base64.b64encode(bytes([byte]) * 32).decode()


@pytest.mark.parametrize("text", ["", NUMBER, "怀柔区泉河街道1号", "𠮷" * 5000])
def test_a_text_comes_back_and_is_not_in_its_bytes(text: str) -> None:
    data = encrypt(text)
    assert decrypt(data) == text
    assert len(data) == len(text.encode()) + 29
    assert not text or text.encode() not in data


def test_equal_texts_differ_encrypted_and_agree_hashed() -> None:
    assert encrypt(NUMBER) != encrypt(NUMBER)
    assert keyed_hash(NUMBER) == keyed_hash(NUMBER)
    assert keyed_hash(NUMBER) != keyed_hash(NUMBER[:-1] + "5")
    assert len(keyed_hash(NUMBER)) == 64


@pytest.mark.parametrize("place", [0, 1, 12, 13, -1])
def test_one_bent_bit_is_noticed(place: int) -> None:
    bent = bytearray(encrypt(NUMBER))
    bent[place] ^= 1
    with pytest.raises(Undecipherable):
        decrypt(bytes(bent))


@pytest.mark.parametrize("data", [b"", b"\x01", NUMBER.encode(), b"\x01" * 28])
def test_what_was_never_encrypted_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(Undecipherable, match="数据密钥"):
        decrypt(data)


def test_the_key_is_made_once_and_is_its_owners_alone(data_dir: Path, settings: Settings) -> None:
    settings.DATA_KEY = ""
    encrypt(NUMBER)
    file = data_dir / "data_key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    protection._keys.cache_clear()
    encrypt(NUMBER)
    assert file.read_bytes() == before
    assert [entry.name for entry in data_dir.iterdir()] == ["data_key"]


def test_another_key_reads_nothing_and_hashes_differently(settings: Settings) -> None:
    settings.DATA_KEY = key(1)
    data, digest = encrypt(NUMBER), keyed_hash(NUMBER)
    settings.DATA_KEY = key(2)
    assert keyed_hash(NUMBER) != digest
    with pytest.raises(Undecipherable):
        decrypt(data)


def test_rotation_keeps_the_old_readable_and_people_findable(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_KEY = key(1)
    data, digest = encrypt(NUMBER), keyed_hash(NUMBER)
    with encrypting_writer(tmp_path / "old") as out:
        out.write(b"old")
    settings.DATA_KEY = f"{key(1)},{key(2)}"
    assert decrypt(data) == NUMBER
    assert keyed_hash(NUMBER) == digest
    assert decrypting_reader(tmp_path / "old").read() == b"old"
    renewed = encrypt(NUMBER)
    assert (data[0], renewed[0]) == (1, 2)
    settings.DATA_KEY = key(1)
    with pytest.raises(Undecipherable):
        decrypt(renewed)


@pytest.mark.parametrize("wrong", ["short", base64.b64encode(b"x" * 16).decode(), f"{key(1)},", "密" * 43])
def test_a_wrong_key_is_refused_without_being_repeated(wrong: str, settings: Settings) -> None:
    settings.DATA_KEY = wrong
    with pytest.raises(ImproperlyConfigured, match="JIETI_DATA_KEY") as refused:
        encrypt(NUMBER)
    assert wrong not in str(refused.value)


@pytest.mark.parametrize(
    ("number", "masked"),
    [(NUMBER, "110116********1234"), ("11011670010112X", "110116*****112X"), ("1101161234", "*" * 10), ("", "")],
)
def test_masked_identity(number: str, masked: str) -> None:
    assert mask_identity(number) == masked


@pytest.mark.parametrize(("number", "masked"), [("13812345678", "138****5678"), ("6965123", "*******"), ("", "")])
def test_masked_phone(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


def sealed(path: Path, data: bytes) -> bytes:
    with encrypting_writer(path) as out:
        for start in range(0, len(data), 700_001):
            out.write(data[start : start + 700_001])
    return path.read_bytes()


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17])
def test_a_file_comes_back(length: int, tmp_path: Path) -> None:
    data = os.urandom(length)
    kept = sealed(tmp_path / "file", data)
    assert decrypting_reader(tmp_path / "file").read() == data
    assert length < 32 or data[:32] not in kept
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


def test_any_place_of_a_file_is_read_directly(tmp_path: Path) -> None:
    data = os.urandom(2 * CHUNK + 100)
    sealed(tmp_path / "file", data)
    with decrypting_reader(tmp_path / "file") as file:
        assert file.seek(-50, io.SEEK_END) == len(data) - 50
        assert file.read() == data[-50:]
        file.seek(CHUNK - 3)
        assert file.read(6) == data[CHUNK - 3 : CHUNK + 3]
        file.seek(len(data) + 5)
        assert file.read() == b""


def read_whole(path: Path) -> bytes:
    with decrypting_reader(path) as file:
        return file.read()


BODY = 2 * SEALED_CHUNK


@pytest.mark.parametrize("cut", [0, 5, HEADER, HEADER + 15, HEADER + 16, HEADER + SEALED_CHUNK, HEADER + BODY, -1, -16])
def test_a_cut_file_is_noticed(cut: int, tmp_path: Path) -> None:
    kept = sealed(tmp_path / "file", os.urandom(2 * CHUNK + 100))
    (tmp_path / "file").write_bytes(kept[:cut])
    with pytest.raises(Undecipherable):
        read_whole(tmp_path / "file")


def test_reordered_repeated_lengthened_and_mixed_chunks_are_noticed(tmp_path: Path) -> None:
    kept = sealed(tmp_path / "file", os.urandom(2 * CHUNK + 100))
    other = sealed(tmp_path / "other", os.urandom(2 * CHUNK + 100))
    head, first, second = (
        kept[:HEADER],
        kept[HEADER : HEADER + SEALED_CHUNK],
        kept[HEADER + SEALED_CHUNK : HEADER + BODY],
    )
    last = kept[HEADER + BODY :]
    foreign = other[HEADER : HEADER + SEALED_CHUNK]
    wrong = [
        head + second + first + last,
        head + first + first + last,
        head + first + second + second + last,
        head + first + last,
        head + foreign + second + last,
        other[:HEADER] + first + second + last,
        kept + b"x",
        kept + last,
    ]
    for content in wrong:
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(Undecipherable):
            read_whole(tmp_path / "file")


def test_a_file_that_was_not_finished_is_not_readable(tmp_path: Path) -> None:
    out = encrypting_writer(tmp_path / "file")
    out.write(b"x" * (CHUNK + 5))
    out.__exit__(KeyError, KeyError(), None)
    with pytest.raises(Undecipherable):
        read_whole(tmp_path / "file")


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        decrypting_reader(tmp_path / "none")


def test_a_protected_text_shows_itself_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    value = Protected.of(NUMBER)
    logging.getLogger("jieti").warning("%s %r %s", value, value, [value])
    shown = f"{value} {value!r} {[value]} {caplog.text}"
    assert NUMBER not in shown
    assert value.reveal() == NUMBER


@isolate_apps("tests.kit")
def person_model() -> type[models.Model]:
    class Person(models.Model):
        identity = EncryptedTextField("身份证号", null=True)

        class Meta:
            app_label = "kit_tests"

        def __str__(self) -> str:
            return f"Person({self.identity})"

    return Person


def test_the_field_holds_no_text_and_keeps_none(db: None) -> None:
    model = person_model()
    manager = model._default_manager
    with connection.schema_editor() as editor:
        editor.create_model(model)
    made = manager.create(identity=NUMBER)
    manager.create(identity=encrypt("by bytes"))
    manager.create(identity=None)
    assert NUMBER not in repr(vars(made))
    found = [row.identity for row in manager.order_by("pk")]  # type: ignore[attr-defined]
    assert [value and value.reveal() for value in found] == [NUMBER, "by bytes", None]
    assert manager.filter(identity__isnull=True).count() == 1
    with connection.cursor() as cursor:
        cursor.execute(f"select identity from {model._meta.db_table} where id = %s", [made.pk])
        assert NUMBER.encode() not in bytes(cursor.fetchone()[0])
    with pytest.raises(FieldError):
        manager.filter(identity=NUMBER).exists()


def test_the_field_is_in_no_form_and_dumps_encrypted() -> None:
    field = person_model()._meta.get_field("identity")
    assert isinstance(field, EncryptedTextField)
    assert not field.editable
    row = field.model(identity=NUMBER)
    dumped = field.value_to_string(row)
    assert NUMBER not in dumped
    assert field.to_python(dumped).reveal() == NUMBER
