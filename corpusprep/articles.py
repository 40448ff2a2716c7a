"""What an article is, what it is called, and what is none: ids, canonical URLs, the criterion "not an article"."""

from __future__ import annotations

import functools
import hashlib
import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode, urlsplit

from corpusprep.criterion import count_words, is_truncated, why_not
from corpusprep.document import Article, Label, Rejected
from corpusprep.language import identify

if TYPE_CHECKING:
    from corpusprep.config import Config, WithdrawConfig
    from corpusprep.document import Cleaned, Language, Story

__all__ = [
    "Provenance",
    "canonical_url",
    "identity",
    "is_withdrawn",
    "refused",
    "site_of",
    "story_id",
    "to_article",
    "to_stories",
    "told_apart",
]

_TRACKING = re.compile(
    r"utm_\w+|fb(?:clid|_\w+)|g(?:clid|clsrc|braid)|wbraid|dclid|yclid|msclkid|twclid|ttclid|li_fat_id|igsh(?:id)?|mc_[ce]id"
    r"|mkt_tok|_hs(?:enc|mi|ctatracking)|vero_\w+|oly_\w+|__twitter_impression|ns_\w+|at_(?:campaign|medium|custom\d|link_\w+)"
    r"|cmp(?:id)?|smid|ftag|s_cid|icid|_ga|_gl|wt\.\w+|xtor|cid_source|partner_id|guccounter|guce_\w+",
    re.IGNORECASE,
)
_PORTS = {"http": "80", "https": "443"}
_PLAIN_PATH = re.compile(r"[A-Za-z0-9~!$&'()*+,;=:@._/-]*")
"""A path that is in its normal form already."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an article comes from: the columns it shares with its record."""

    id: str
    source: str
    record: int
    content_sha256: str
    source_id: str = ""
    url: str = ""
    site: str = ""


def identity(source_id: str, url: str, source: str, record: int) -> str:
    """The key that joins versions: SHA-256, in 32 hex digits, of a record's own id, else its canonical URL, else its place.

    Records that share a key are told apart by `told_apart`.
    """
    return _digest(source_id.strip() or canonical_url(url) or f"{source}#{record}")


def told_apart(key: str, content_sha256: str, copy: int) -> str:
    """The id of a record whose key another record has: the key with the content mixed in, and its number among equal ones.

    Of all records that share a key the one fetched first keeps the key itself as its id, so that a page crawled again takes no
    id from an older crawl; records without a fetch date come after those with one, and what this leaves open is settled by
    (content_sha256, source, record). `copy` counts records of the same content from 0 on, in the same order.
    """
    return _digest(f"{key}:{content_sha256}" + (f":{copy}" if copy else ""))


def story_id(parent_id: str, number: int) -> str:
    """The id of a story recovered from below another: that of its record, with the number of the story mixed in."""
    return _digest(f"{parent_id}/{number}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@functools.lru_cache(maxsize=1024)  # a record's id and its site both ask
def canonical_url(url: str) -> str:
    """One form for addresses that lead to the same page, "" for what is no web address.

    Scheme (https), host (small letters, no "www.", no default port), dot segments, percent-encoding, a slash at the end, the
    order of parameters, tracking parameters (utm_source, fbclid ...) and the fragment make no difference; anything else does.
    The result is a name, not an address to fetch.
    """
    try:
        parts = urlsplit(url.strip())
        port = str(parts.port or "")
        host = (parts.hostname or "").rstrip(".")
    except ValueError:  # such as a port that is no number, or a bracket without its pair
        return ""
    if parts.scheme.lower() not in _PORTS or not host:
        return ""
    host = _ascii_host(host).removeprefix("www.")
    if port and port != _PORTS[parts.scheme.lower()]:
        host = f"{host}:{port}"
    path = _encoded(parts.path)
    path = posixpath.normpath("/" + path.lstrip("/")) if path.strip("/") else "/"
    pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(pair[0])]
    # Pages of one-page applications live behind "#!" or "#/".
    fragment = f"#{parts.fragment}" if parts.fragment.startswith(("!", "/")) else ""
    query = f"?{urlencode(sorted(pairs, key=lambda pair: pair[0]))}" if pairs else ""
    return f"https://{host}{path}{query}{fragment}"


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host.lower()
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host.lower()


def _encoded(path: str) -> str:
    """Percent-encoding in its one normal form (RFC 3986, 6.2.2)."""
    if _PLAIN_PATH.fullmatch(path):
        return path
    return "/".join(quote(unquote_to_bytes(step), safe="~!$&'()*+,;=:@-._") for step in path.split("/"))


def site_of(url: str, source: str) -> str:
    """What a record's site is called: the host of its URL without "www.", else the folder its source lies in ("" for none)."""
    canonical = canonical_url(url)
    if canonical:
        return urlsplit(canonical).netloc
    return posixpath.dirname(source)


def to_article(cleaned: Cleaned, origin: Provenance, config: Config) -> Article | Rejected:
    """The article of a page, or the reason why it is none or not wanted."""
    found = why_not(cleaned, config.article.min_words)
    if found:
        return refused(origin, "article", found.reason, found.detail)
    language = identify(cleaned.text, min_score=config.language.min_score, by=config.language.identifier)
    if _is_unwanted(language, config):
        return refused(origin, "language", "unwanted-language", f"{language.code} ({language.score:.2f})")
    return _article(cleaned, cleaned.article, origin, language)


def to_stories(cleaned: Cleaned, origin: Provenance, config: Config) -> list[Article]:
    """The stories below the article as articles of their own: those long enough, in a wanted language and not withdrawn."""
    found = []
    for story in cleaned.stories:
        own = replace(origin, id=story_id(origin.id, story.number))
        if count_words(story.text) < config.article.min_words or own.id in config.withdraw.ids:
            continue
        language = identify(story.text, min_score=config.language.min_score, by=config.language.identifier)
        if not _is_unwanted(language, config):
            found.append(replace(_article(cleaned, story, own, language), parent_id=origin.id))
    return found


def _is_unwanted(language: Language, config: Config) -> bool:
    return bool(config.language.wanted) and language.code not in config.language.wanted


def is_withdrawn(origin: Provenance, withdraw: WithdrawConfig) -> bool:
    """Whether a record is named by its id, its own id, its URL in any form, or its site (those below a site included)."""
    if origin.id in withdraw.ids or (origin.source_id and origin.source_id in withdraw.ids):
        return True
    if withdraw.urls and origin.url:
        own = canonical_url(origin.url) or origin.url
        if any(own == (canonical_url(url) or url) for url in withdraw.urls):
            return True
    return any(origin.site == site or origin.site.endswith(f".{site}") for site in withdraw.sites)


def _article(cleaned: Cleaned, story: Story, origin: Provenance, language: Language) -> Article:
    kept = sum(
        span.end - span.start for span in cleaned.spans if span.label is Label.BODY and span.story == story.number
    )
    return Article(
        id=origin.id,
        source=origin.source,
        record=origin.record,
        content_sha256=origin.content_sha256,
        text=story.text,
        source_id=origin.source_id,
        url=origin.url,
        site=origin.site,
        title=story.title,
        subtitle=story.subtitle,
        authors=story.authors,
        published=story.published,
        updated=story.updated,
        language=language.code,
        language_score=language.score,
        captions=story.captions,
        n_chars=len(story.text),
        n_words=count_words(story.text),
        share_removed=round(1 - kept / max(1, len(cleaned.document.text)), 4),
        truncated=is_truncated(story.text),
    )


def refused(origin: Provenance, stage: str, reason: str, detail: str) -> Rejected:
    """The row of a record that did not become an article."""
    return Rejected(
        stage=stage,
        reason=reason,
        detail=detail,
        id=origin.id,
        source_id=origin.source_id,
        source=origin.source,
        record=origin.record,
        content_sha256=origin.content_sha256,
    )
