"""What the web calls character sets, and which letters the languages of Europe write with them.

The labels and what they mean are those of the WHATWG Encoding Standard (https://encoding.spec.whatwg.org/#names-and-labels):
`latin1` and `ascii` mean windows-1252, `gb2312` means gb18030, `shift_jis` means cp932, as every browser reads them.
Names on our side are Python's.
"""

from __future__ import annotations

import codecs
import functools
import math
from typing import Any

__all__ = ["MULTIBYTE", "codec_of", "decode_with", "encode_with", "likely_latin"]

# Name in Python: labels of the standard, in lower case and without "-", "_", ":", "." and spaces.
_LABELS = {
    "utf-8": "utf8 unicode11utf8 unicode20utf8 xunicode20utf8",
    "cp866": "866 cp866 csibm866 ibm866",
    "iso8859-2": "csisolatin2 iso88592 isoir101 iso885921987 l2 latin2",
    "iso8859-3": "csisolatin3 iso88593 isoir109 iso885931988 l3 latin3",
    "iso8859-4": "csisolatin4 iso88594 isoir110 iso885941988 l4 latin4",
    "iso8859-5": "csisolatincyrillic cyrillic iso88595 isoir144 iso885951988",
    "iso8859-6": "arabic asmo708 csiso88596e csiso88596i csisolatinarabic ecma114 iso88596 iso88596e iso88596i isoir127 iso885961987",
    "iso8859-7": "csisolatingreek ecma118 elot928 greek greek8 iso88597 isoir126 iso885971987 suneugreek",
    "iso8859-8": "csiso88598e csisolatinhebrew hebrew iso88598 iso88598e isoir138 iso885981988 visual csiso88598i iso88598i logical",
    "iso8859-10": "csisolatin6 iso885910 isoir157 l6 latin6",
    "iso8859-13": "iso885913",
    "iso8859-14": "iso885914",
    "iso8859-15": "csisolatin9 iso885915 l9 latin9",
    "iso8859-16": "iso885916",
    "koi8-r": "cskoi8r koi koi8 koi8r",
    "koi8-u": "koi8ru koi8u",
    "mac-roman": "csmacintosh mac macintosh xmacroman",
    "mac-cyrillic": "xmaccyrillic xmacukrainian",
    "cp874": "cp874 dos874 iso885911 tis620 windows874",
    "cp1250": "cp1250 windows1250 xcp1250",
    "cp1251": "cp1251 windows1251 xcp1251",
    "cp1252": "ansix341968 ascii cp1252 cp819 csisolatin1 ibm819 iso88591 isoir100 iso885911987 l1 latin1 usascii windows1252 xcp1252"
    " xuserdefined",
    "cp1253": "cp1253 windows1253 xcp1253",
    "cp1254": "cp1254 csisolatin5 iso88599 isoir148 iso885991989 l5 latin5 windows1254 xcp1254",
    "cp1255": "cp1255 windows1255 xcp1255",
    "cp1256": "cp1256 windows1256 xcp1256",
    "cp1257": "cp1257 windows1257 xcp1257",
    "cp1258": "cp1258 windows1258 xcp1258",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb231280 gbk isoir58 xgbk gb18030 cp936",
    "big5hkscs": "big5 big5hkscs cnbig5 csbig5 xxbig5",
    "euc-jp": "cseucpkdfmtjapanese eucjp xeucjp",
    "iso2022-jp": "csiso2022jp iso2022jp",
    "cp932": "csshiftjis ms932 mskanji shiftjis sjis windows31j xsjis cp932",
    "cp949": "cseuckr csksc56011987 euckr isoir149 korean ksc56011987 ksc56011989 ksc5601 windows949 cp949",
    # The standard refuses these two, because a script could hide in them; here nothing is run.
    "hz": "hzgb2312",
    "iso2022-kr": "csiso2022kr iso2022kr",
    "utf-16-be": "unicodefffe utf16be",
    "utf-16-le": "csunicode iso10646ucs2 ucs2 unicode unicodefeff utf16 utf16le",
}
_CODEC_OF = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}
_NOISE = str.maketrans("", "", "-_:. \t\n\r\f\"'")

MULTIBYTE = frozenset({"gb18030", "big5hkscs", "euc-jp", "iso2022-jp", "cp932", "cp949", "hz", "iso2022-kr"})
"""Python names of the sets whose characters may take several bytes, the Unicode ones apart."""


def codec_of(label: str) -> str:
    """Python's name of the set a label means to a browser, "" when no browser knows it."""
    return _CODEC_OF.get(label.lower().translate(_NOISE), "")


@functools.cache
def _table(codec: str) -> str:
    """The 256 characters of a single-byte set; bytes 0x80 to 0x9F without a character are C1 controls, as in the standard."""
    chars = [bytes([byte]).decode(codec, "replace") for byte in range(256)]
    return "".join(
        chr(byte) if char == "\ufffd" and 0x80 <= byte < 0xA0 else char.replace("\ufffd", "\ufffe")
        for byte, char in enumerate(chars)
    )


def decode_with(codec: str, payload: bytes) -> tuple[str, int]:
    """Decode, and count the bytes or sequences that had no character; each of them is U+FFFD in the text."""
    if codec.startswith(("utf", "iso2022")) or codec in MULTIBYTE:
        try:
            return payload.decode(codec), 0
        except UnicodeDecodeError:
            text = payload.decode(codec, "replace")
            return text, max(1, text.count("\ufffd"))
    # U+FFFE in a decoding table is Python's mark of "no character here".
    text = codecs.charmap_decode(payload, "replace", _table(codec))[0]
    return text, text.count("\ufffd")


@functools.cache
def _map(codec: str) -> Any:
    return codecs.charmap_build(_table(codec))


def encode_with(codec: str, text: str) -> bytes:
    """The bytes that `decode_with` reads as the text in a single-byte set. Raises UnicodeEncodeError."""
    return codecs.charmap_encode(text, "strict", _map(codec))[0]


# Letters beyond a-z by language, most frequent first, and the sets the language was written in.
_ALPHABETS = (
    ("cp1252 mac-roman", "ãçáéõíêóâúàôü"),  # Portuguese
    ("cp1252 mac-roman", "óíáéñúü¿¡ªº"),  # Spanish
    ("cp1252 mac-roman", "éèàêçùâôîûœëïüæÿ"),  # French
    ("cp1252 mac-roman", "üäöß"),  # German
    ("cp1252 mac-roman", "àèùìòé"),  # Italian
    ("cp1252 mac-roman", "äåöéü"),  # Swedish, Finnish
    ("cp1252 mac-roman", "åøæéòôó"),  # Danish, Norwegian
    ("cp1252 mac-roman", "éëïèöüáó"),  # Dutch, English
    ("cp1252 mac-roman", "àéòèíïçóúü·"),  # Catalan
    ("cp1252", "íáóðéúþöýæ"),  # Icelandic
    ("cp1252", "áéíóúàèìòùâêîôû"),  # Irish, Scottish Gaelic
    ("cp1252 iso8859-15 cp1257", "äõüöšž"),  # Estonian
    ("cp1250 iso8859-2 cp1257", "łąęóżśćńź"),  # Polish
    ("cp1250 iso8859-2", "íáěéřýčžšůúóťďň"),  # Czech
    ("cp1250 iso8859-2", "áíéýčžšúľťôňóďäŕĺ"),  # Slovak
    ("cp1250 iso8859-2", "áéöóőíüúű"),  # Hungarian
    ("cp1250 iso8859-2 cp1257", "čšžćđ"),  # Croatian, Slovenian, Bosnian, Serbian
    ("cp1250 iso8859-2 iso8859-16", "ăîşţâșț"),  # Romanian
    ("cp1254", "ıişğüçöâî"),  # Turkish
    ("cp1252 cp1254", "ëç"),  # Albanian
    ("cp1257 iso8859-13", "ėšųžįčūąę"),  # Lithuanian
    ("cp1257 iso8859-13", "āīēšūņķļžģč"),  # Latvian
    ("cp1258", "đưăâêôơ\u0300\u0301\u0323\u0309\u0303áàéèíóúùý"),  # Vietnamese
)
# How much rarer than cp1252 a set is on the web, in nats, roughly; one telling letter outweighs it.
_RARER = {"cp1252": 0, "mac-roman": 1, "cp1250": 3, "cp1254": 3, "iso8859-2": 3.5, "cp1257": 4}
# Marks that any of these languages may hold; a no-break space is one.
_MARKS = "\xa0«»–—‘’‚“”„…•€£°·©®™§´"
_STRANGE = math.log(2e-5)


@functools.cache
def _models() -> tuple[tuple[str, tuple[float, ...]], ...]:
    """Log-probabilities of the bytes 0x80 to 0xFF by set and language; frequencies fall with the rank, as Zipf has it."""
    models = []
    for codecs_, letters in _ALPHABETS:
        chances = dict.fromkeys(_MARKS, 0.1 / len(_MARKS) * 4)
        total = sum(1 / rank for rank in range(1, len(letters) + 1))
        for rank, letter in enumerate(letters, 1):
            chances[letter] = 0.85 / rank / total
            # A capital is as much rarer everywhere; where the set has none, nothing is lost.
            chances.setdefault(letter.upper(), 0.05 / rank / total)
        for codec in codecs_.split():
            table = _table(codec)
            scores = [math.log(chances[char]) if (char := table[b]) in chances else _STRANGE for b in range(128, 256)]
            models.append((codec, tuple(scores)))
    return tuple(models)


def likely_latin(sample: bytes, *, mac: bool = False) -> tuple[str, float]:
    """The single-byte set that makes the bytes from 0x80 on letters of one language of the Latin script.

    Python's name of it (cp1252, which browsers assume, where nothing else explains the bytes better), and the share of those
    bytes that it does explain. `mac`: whether mac-roman is among the candidates.
    """
    counts = [(byte - 128, n) for byte in range(128, 256) if (n := sample.count(byte))]
    best, top, explained = "cp1252", -math.inf, 0.0
    total = sum(n for _, n in counts) or 1
    for codec, scores in _models():
        if codec == "mac-roman" and not mac:
            continue
        score = sum(n * scores[byte] for byte, n in counts) - _RARER.get(codec, 6)
        # Rounding must not decide between equals.
        if score > top + 1e-6:
            best, top = codec, score
            explained = sum(n for byte, n in counts if scores[byte] > _STRANGE) / total
    return best, explained
