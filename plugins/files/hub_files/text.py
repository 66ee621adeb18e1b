"""How the bytes of a text file are to be read: its encoding, found by evidence and never by a guess.

Order of evidence: a byte order mark, UTF-8 throughout, UTF-8 but for a few damaged lines, Chinese in
GB 18030, and one single encoding charset-normalizer leaves standing. Otherwise the admin says.
Undecodable bytes never stop a file: each becomes one mark, by which its row is told and shown.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, TextIO

from hub.errors import ConfigError

__all__ = ["Coding", "Lines", "TooLong", "detect", "excerpt", "is_marked", "open_text"]

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CHUNK = 1 << 20
SAMPLE = 1 << 18
MARKED = re.compile("[\ud800-\udfff]")
SHOWN = 16_000
"""Characters of a row that are kept with its reject."""
START = 2_000
"""Characters kept of a line that is too long."""
COMMON = frozenset(
    "编号姓名客户手机电话邮箱件地址公司城市省区县镇路街道号楼室日期时间金额渠道来源订单备注性别男女生出年月工作职位部门联系人会员"
    "有限责任科技贸易北京上海广州深圳天津重庆杭南成都武汉西安苏浙江山东河川湖福建王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐"
    "许邓韩冯曹彭曾肖田董袁潘于蒋蔡余杜叶程魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严"
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国的一是在不了和我中大个"
)
"""Characters frequent in Chinese customer data; Korean or Japanese read as GB 18030 hits few of them."""


@dataclass(frozen=True, slots=True)
class Coding:
    """How to decode a file, and whether every row must be looked at for damage."""

    encoding: str
    clean: bool


@dataclass(frozen=True, slots=True)
class TooLong:
    """A line longer than allowed: where it is, how long, and how it begins."""

    line: int
    size: int
    start: str


class Lines:
    """The lines of a text, their number and size; one that is too long is set aside, never held whole."""

    def __init__(self, stream: TextIO, longest: int) -> None:
        self.number = 0
        self.size = 0
        self.too_long: list[TooLong] = []
        self._stream = stream
        self._longest = longest

    def __iter__(self) -> Iterator[str]:
        longest = self._longest
        for line in iter(partial(self._stream.readline, longest + 1), ""):
            self.number += 1
            self.size += len(line)
            if len(line) > longest and not line.endswith(("\n", "\r")):
                self.too_long.append(TooLong(self.number, len(line) + self._skip(), line[:START]))
            else:
                yield line

    def _skip(self) -> int:
        skipped = 0
        while rest := self._stream.readline(CHUNK):
            skipped += len(rest.rstrip("\r\n"))
            if rest.endswith(("\n", "\r")):
                break
        return skipped


def open_text(path: Path, coding: Coding) -> TextIO:
    """The text of a file, with a mark for every byte that could not be decoded."""
    return path.open(encoding=coding.encoding, errors="hub_files.mark", newline="")


def is_marked(text: str) -> bool:
    """Whether ``text`` holds a NUL, half a character, or a byte that could not be decoded."""
    return "\0" in text or MARKED.search(text) is not None


def excerpt(text: str) -> str:
    """The start of ``text`` as it may be stored and shown: damaged bytes and NUL are spelled out."""
    text = text.rstrip("\r\n")
    start = MARKED.sub(_spelled, text[:SHOWN]).replace("\0", "\\x00")
    return f"{start}… ({len(text)} characters)" if len(text) > SHOWN else start


def detect(path: Path, encoding: str, where: str, limit: int = 0) -> Coding:
    """The encoding of a file, or the one the admin set; ``limit`` looks at so many bytes only."""
    if encoding != "auto":
        name = codecs.lookup(encoding).name
        widened = {"utf-8": "utf-8-sig", "gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030"}
        return Coding(widened.get(name, name), clean=False)
    with path.open("rb") as stream:
        head = stream.read(4096)
        for mark, name in BOMS:
            if head.startswith(mark):
                return Coding(name, clean=False)
        if head.count(0) * 4 > len(head):  # UTF-16 without its mark: every other byte of Latin text is 0
            return Coding("utf-16-be" if head[:1] == b"\0" else "utf-16-le", clean=False)
        stream.seek(0)
        scan = _scan(stream, limit)
        if scan is not None:
            return Coding("utf-8", clean=scan)
        stream.seek(0)
        return Coding(_other(stream, limit, where), clean=False)


def _spelled(mark: re.Match[str]) -> str:
    code = ord(mark[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC00 <= code <= 0xDCFF else f"\\u{code:04x}"


def _mark(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("hub_files.mark", _mark)


def _scan(stream: BinaryIO, limit: int) -> bool | None:
    """Whether a UTF-8 file is free of NUL; ``None`` when it is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    clean, left = True, limit or float("inf")
    try:
        while left > 0 and (chunk := stream.read(CHUNK)):
            decoder.decode(chunk)
            clean = clean and b"\0" not in chunk
            left -= len(chunk)
        if left > 0:
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return clean


def _other(stream: BinaryIO, limit: int, where: str) -> str:
    """The encoding of a file that is not UTF-8 throughout."""
    lines, wide, damaged = 0, 0, 0
    first: tuple[int, int] | None = None
    sample = bytearray()
    offset, in_header = 0, False
    while (line := stream.readline(CHUNK)) and (not limit or offset < limit):
        lines += 1
        if not line.isascii():
            try:
                line.decode()
                wide += 1
            except UnicodeDecodeError as error:
                damaged += 1
                in_header = in_header or lines == 1
                first = first or (offset + error.start, line[error.start])
                if len(sample) < SAMPLE:
                    sample += line
        offset += len(line)
    if not in_header and wide >= damaged:
        return "utf-8"
    if _is_chinese(bytes(sample)):
        return "gb18030"
    candidates = _candidates(bytes(sample))
    if len(candidates) == 1:
        return candidates[0]
    if not in_header and damaged <= max(1, lines // 100) and lines > 2:
        return "utf-8"
    at, byte = first or (0, 0)
    raise ConfigError(
        f"byte {at} (0x{byte:02x}) is not UTF-8, and the encoding cannot be told with certainty",
        where=where,
        cause=f"it may be {', '.join(candidates[:4])}"
        if candidates
        else "the file was saved in an old encoding",
        step='set encoding, such as encoding = "gb18030" or "cp1252", or save the file as UTF-8',
    )


def _is_chinese(sample: bytes) -> bool:
    text = sample.decode("gb18030", "replace")
    wide = [char for char in text if ord(char) > 0x2E7F and char != "\ufffd"]
    others = sum(1 for char in text if 0x7F < ord(char) <= 0x2E7F) + 2 * text.count("\ufffd")
    return len(wide) > 4 * others and sum(char in COMMON for char in wide) >= 0.15 * len(wide)


def _candidates(sample: bytes) -> list[str]:
    from charset_normalizer import from_bytes

    return [match.encoding for match in from_bytes(sample) if match.chaos < 0.1]
