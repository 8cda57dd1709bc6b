"""ZIP files, as departments pack them: looked at before anything is unpacked, unpacked within limits."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from jieti.kit.errors import Refusal

LARGEST_UNPACKED = 4 * 1024**3
MOST_MEMBERS = 100
LARGEST_RATIO = 200
"""Tables of a million rows shrink by 5 to 40; deflate's utmost is 1032."""
SMALLEST_BOMB = 32 * 1024**2
"""Below it a ratio frightens nobody."""
BLOCK = 1 << 20
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1
_PACK_AGAIN = "请用普通 ZIP 重新打包，里面只放表格，不加密码，不套压缩包。"


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive, its name as its sender wrote it."""

    name: str
    info: zipfile.ZipInfo


def members(file: IO[bytes], *, most: int = MOST_MEMBERS) -> Sequence[Member]:
    """The files of an archive. Raises Refusal if it is damaged, locked, a bomb, or would write outside its folder."""
    try:
        with zipfile.ZipFile(file) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, struct.error):
        raise Refusal("文件已损坏或没有传完。", what_to_do="请重新导出、重新送数。") from None
    if len(infos) > most:
        raise Refusal(f"压缩包里有{len(infos)}个文件，最多收{most}个。", what_to_do="请分成几个压缩包送来。")
    _refuse_bomb(file, infos)
    found = [Member(_name(info), info) for info in infos]
    for member in found:
        _refuse_unsafe(member)
    return [member for member in found if not _is_litter(member.name)]


def unpacked(file: IO[bytes], info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a member, block by block. Raises Refusal where they are not what the archive declares."""
    size, check = 0, 0
    try:
        for block in _inflated(file, info):
            size += len(block)
            check = zlib.crc32(block, check)
            if size > info.file_size:
                break
            yield block
    except (zlib.error, struct.error, EOFError):
        size = -1
    if (size, check) != (info.file_size, info.CRC):
        raise Refusal(
            f"压缩包里的“{_name(info)}”与所标的大小或校验值不符，已损坏或被改动。",
            what_to_do="请重新打包、重新送数。",
        )


def _inflated(file: IO[bytes], info: zipfile.ZipInfo) -> Iterator[bytes]:
    # Not by zipfile, which stops at the declared size and so never sees that there is more.
    file.seek(info.header_offset)
    magic, name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    if magic != b"PK\x03\x04":
        raise EOFError
    file.seek(name + extra, 1)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if info.compress_type == zipfile.ZIP_DEFLATED else None
    left = info.compress_size
    while left:
        packed = file.read(min(BLOCK, left))
        if not packed:
            raise EOFError
        left -= len(packed)
        if inflate is None:
            yield packed
            continue
        while packed and not inflate.eof:
            yield inflate.decompress(packed, BLOCK)
            packed = inflate.unconsumed_tail


def _refuse_bomb(file: IO[bytes], infos: Sequence[zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in infos)
    if total > LARGEST_UNPACKED:
        raise Refusal(
            f"文件解开后有{total / 1024**3:.0f} GB，最多收{LARGEST_UNPACKED // 1024**3} GB。",
            what_to_do="请分成几个文件，或改送 CSV。",
        )
    size = file.seek(0, 2)
    if total > SMALLEST_BOMB and total > LARGEST_RATIO * size:
        raise Refusal(f"文件解开后大到{total // size}倍，不像表格。", what_to_do="请重新导出、重新送数。")


def _refuse_unsafe(member: Member) -> None:
    info = member.info
    path = PurePosixPath(member.name.replace("\\", "/"))
    if info.flag_bits & _ENCRYPTED:
        raise Refusal("文件有打开密码。", what_to_do="请去掉密码后重新送数。")
    if path.is_absolute() or ".." in path.parts or ":" in member.name or "\x00" in info.orig_filename:
        raise Refusal(f"压缩包里的文件名“{member.name[:100]}”指向包外，不能解开。", what_to_do=_PACK_AGAIN)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Refusal(f"压缩包里的“{member.name[:100]}”是链接，不是文件。", what_to_do=_PACK_AGAIN)
    if info.compress_type not in _METHODS:
        raise Refusal("压缩包用了少见的压缩方法，打不开。", what_to_do=_PACK_AGAIN)


def _is_litter(name: str) -> bool:
    return name.startswith(_LITTER[0]) or PurePosixPath(name).name in _LITTER[1:]


def _name(info: zipfile.ZipInfo) -> str:
    """Chinese systems write names in GBK, or UTF-8, without saying so; zipfile then reads them as code page 437."""
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gbk", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename
