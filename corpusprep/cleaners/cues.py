"""What the names that authors give their elements say of the text in them.

A name is one word of `Markup.names`: a class, an id, a role. What a cue means is only a hint: the judge of marked-up blocks
learned how far to trust each, on a block's own element and on those around it.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["CUES", "cues_of", "near_names"]

_PATTERNS = {
    "comment": r"comment|disqus|respon[ds]|repl(?:y|ies)|livefyre|diskussion|kommentar|leserbrief|talkback|discuss|guestbook|opinion(?:es)?-list",
    "related": r"relat|recommend|similar|teaser|outbrain|taboola|trc_|popular|trending|carousel|up-?next|suggest|also-|-also|see-?also|"
    r"most-?(?:read|popular|viewed|recent)|more-?(?:stories|news|from|on|in|articles|posts)|read-?(?:more|next|also|on)|"
    r"next-?(?:article|story|post)|previous-?(?:article|story|post)|link-?list|latest|recent|headlines|jp-rp|yarpp|zergnet",
    "promo": r"promo|newsletter|subscri|paywall|sign-?up|advert|sponsor|banner|donat|campaign|premium|regwall|membership|affiliat",
    "share": r"share|social|follow|toolbar|tools\b|print|addthis|twitter|facebook|bookmark|whatsapp|e-?mail",
    "navigation": r"nav|menu|bread-?crumb|paginat|pager|topbar|mast-?head|site-?map|skip-",
    "footer": r"footer|copyright|legal|disclaim|imprint|colophon|bottom",
    "side": r"side-?bar|aside|secondary|complementary|widget|right-?(?:col|rail|side)|column-?right|supplement|module",
    "about": r"by-?line|author|writer|autor|auteur|(?:^|[-_])date|time-?stamp|pub-?date|dateline|published|posted|entry-?meta|post-?meta|article-?meta|-info$|"
    r"entry-?info|meta-?data|metainfo",
    "tags": r"(?:^|[-_])tags?(?:$|[-_])|tag-?list|keyword|topic|categor|kicker|label|rubri|filed|section-?name",
    "picture": r"caption|figure|image|photo|picture|gallery|slide|thumb|media|video|player|credit|bild",
    "body": r"(?:article|story|post|entry|content|news|body|main|page)-?_?(?:body|content|text|copy|txt|main)|rich-?text|text-?(?:block|body|content)|"
    r"articletext|body-?copy|paragraph|prose|^copy$|^text$",
    "content": r"content|article|story|(?:^|[-_])post(?:$|[-_])|entry|(?:^|[-_])main(?:$|[-_])|hentry",
    "deck": r"sub-?_?title|sub-?head|(?:^|[-_])de(?:c)?k(?:$|[-_])|standfirst|(?:^|[-_])lead(?:$|[-_])|lede|intro|summary|abstract|excerpt|vorspann|chapo|"
    r"preamble|ingress|description|highlights|key-?points",
    "headline": r"headline|title|heading",
    "hidden": r"hidden|(?:^|[-_])hide|visually|sr-only|screen-?reader|modal|popup|overlay|dialog|tooltip|lightbox|off-?screen|dropdown|collaps|no-?print",
    "consent": r"cookie|consent|gdpr|privacy|(?:^|[-_])cmp(?:$|[-_])|onetrust|placeholder",
    "form": r"log-?in|register|account|password|(?:^|[-_])form|search|input|button|(?:^|[-_])btn|submit",
    "quote": r"quote|pull",
    "box": r"box|embed|inset|highlight|callout|note",
    "person": r"(?:^|[-_])bio|about-?(?:the-?)?author|author-?(?:bio|box|info|desc|card)|profile|contributor|avatar",
    "list": r"list|grid|(?:^|[-_])item|archive|feed|river|stream|collection|ticker|(?:^|[-_])card",
    "ad": r"(?:^|[-_])(?:ad|ads|adv|dfp|gpt|mpu|billboard)(?:$|[-_\d])|adsense|ad-?slot|ad-?unit|google-?ad",
    "live": r"live-?blog|live-?update|ticker|timeline",
}
CUES = tuple(_PATTERNS)
"""Kinds of cues, in the order of their bits."""

_SEARCHES = tuple(re.compile(pattern).search for pattern in _PATTERNS.values())
_ANY = re.compile("|".join(_PATTERNS.values()))
_NUMBERED = re.compile(r"[-_]*\d[\da-f]*$|(?<=[-_])[\da-z]*\d[\da-z]*$")


@lru_cache(maxsize=1 << 16)
def cues_of(name: str) -> int:
    """The cues in one name, as bits in the order of CUES."""
    if not _ANY.search(name):
        return 0
    cues, bit = 0, 1
    for search in _SEARCHES:
        if search(name):
            cues |= bit
        bit <<= 1
    return cues


@lru_cache(maxsize=1 << 16)
def plain_name(name: str) -> str:
    """A name without the number or hash behind it: `post-63076` and `post-63077` are one name."""
    return _NUMBERED.sub("", name)


@lru_cache(maxsize=1 << 14)
def near_names(names: str, count: int) -> tuple[str, ...]:
    """The first of some names, plain."""
    return tuple(map(plain_name, names.split(None, count)[:count]))
