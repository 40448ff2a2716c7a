"""Why a row differs between two releases, as far as the releases themselves can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from corpusprep.release.states import State

__all__ = ["Causes"]

_CLUSTER = {
    "cluster_id",
    "cluster_size",
    "split",
    "kept_id",
    "kept_source_id",
    "relation",
    "method",
    "resemblance",
    "containment",
    "evidence",
}
_PLACE = {"source", "record"}


class Causes:
    """What could have changed rows between two releases, and which of it did change this one.

    An id has the same raw when its payload has the same SHA-256. Where raw is the same, the settings, the tool and what was
    learned of the site are compared: what did not change is no cause.
    """

    def __init__(
        self, was: Mapping[str, Any], now: Mapping[str, Any], old: Mapping[str, State], new: Mapping[str, State]
    ) -> None:
        self.old, self.new = old, new
        self._was, self._now = was, now
        self._old_contents, self._new_contents = _homes(old, new), _homes(new, old)
        self._tool = any(was.get(key) != now.get(key) for key in ("tool", "libraries", "fingerprints"))
        self._config = _cleaning(was) != _cleaning(now)
        self._dedupe = was["config"]["dedupe"] != now["config"]["dedupe"]
        self._raw_text = was["config"]["release"]["raw_text"] != now["config"]["release"]["raw_text"]
        self._splits = was["config"]["release"]["splits"] != now["config"]["release"]["splits"]

    def changed(self, a: State, b: State, columns: tuple[str, ...]) -> str:
        """Why an id that stayed in its table has other values in these columns."""
        if a.content != b.content:
            return "raw changed"
        names = set(columns)
        if names <= _PLACE:
            return "raw moved"
        if names <= _CLUSTER | _PLACE:
            return "config" if self._dedupe or (self._splits and names == {"split"}) else "dedupe"
        if self._raw_text and all(name.startswith("raw.") for name in names):
            return "config"
        return self._cleaned(b.site)

    def moved(self, id_: str, a: State | None, b: State | None) -> tuple[str, str]:
        """Why an id came, left or went to another table, and the other id that has to do with it."""
        if a is None or b is None:
            return self._came(id_, b) if b else self._left(id_, a)
        if b.stage == "withdraw":
            return "withdrawn", ""
        if a.stage == "withdraw":
            return "config", ""
        other = b.kept or a.kept
        if a.content and b.content and a.content != b.content:
            return "raw changed", other
        if "rejected" in (a.table, b.table):
            return self._cleaned(a.site or b.site), other
        return "config" if self._dedupe else "dedupe", other

    def kept_was_withdrawn(self, id_: str) -> bool:
        """Whether the article that stood for this copy is withdrawn now."""
        kept = self.old.get(self.old[id_].kept)
        after = self.new.get(self.old[id_].kept)
        return bool(kept and kept.withdrawn) or bool(after and after.stage == "withdraw")

    def twin(self, id_: str) -> str:
        """Where the content that this id had before is now, if another id has it."""
        other = self._new_contents.get(self.old[id_].content, id_)
        return other if self.old[id_].content != self.new[id_].content and other != id_ else ""

    def _came(self, id_: str, b: State) -> tuple[str, str]:
        page = self.old.get(b.document)
        if b.document != id_ and page:  # a story that was found on a page known before
            return ("raw changed" if page.content != b.content else self._cleaned(b.site)), b.document
        twin = self._old_contents.get(b.content, "")
        if twin and twin not in self.new:
            return "raw moved", twin
        return ("withdrawn" if b.stage == "withdraw" else "new raw"), twin or b.kept

    def _left(self, id_: str, a: State | None) -> tuple[str, str]:
        if a is None:
            return "", ""
        if a.withdrawn:
            return "withdrawn", ""
        page = self.new.get(a.document)
        if a.document != id_ and page:
            if page.stage == "withdraw":
                return "withdrawn", a.document
            return ("raw changed" if page.content != a.content else self._cleaned(a.site)), a.document
        twin = self._new_contents.get(a.content, "")
        if twin and twin not in self.old:
            return "raw moved", twin
        return "raw gone", twin

    def _cleaned(self, site: str) -> str:
        """Same raw, another result: settings, tool, or else what was learned of its site."""
        found = ["config"] if self._config else []
        if self._tool:
            found.append("cleaner or model version")
        before, after = (facts.get("sites", {}).get(site) for facts in (self._was, self._now))
        if before != after or not found:
            found.append("site template")
        return " or ".join(found)


def _homes(states: Mapping[str, State], others: Mapping[str, State]) -> dict[str, str]:
    """The id of each content; of several the smallest, and rather one that the other release does not have."""
    homes: dict[str, str] = {}
    for id_ in sorted(states, key=lambda one: (one in others, one)):
        homes.setdefault(states[id_].content, id_)
    homes.pop("", None)
    return homes


def _cleaning(facts: Mapping[str, Any]) -> list[object]:
    config = facts["config"]
    return [*(config[section] for section in ("input", "clean", "language", "article")), config["release"]["as_of"]]
