"""A release to the Hugging Face Hub: one commit, downloaded again and checked, tagged last."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import huggingface_hub as hub
from huggingface_hub.errors import (
    EntryNotFoundError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)

from corpusprep.errors import ReleaseError, VersionError
from corpusprep.release import manifest as manifests
from corpusprep.release.tables import describe
from corpusprep.release.verification import check_files
from corpusprep.release.versions import find, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Pushed", "push"]

# The base is httpx's or requests', whichever this huggingface_hub speaks HTTP with; a failed upload is a RuntimeError.
_TROUBLE: tuple[type[BaseException], ...] = (HfHubHTTPError, HfHubHTTPError.__bases__[0], OSError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Pushed:
    """A release on the Hub: `load_dataset(repo_id, revision=tag)` opens it. commit: the revision the tag stands on."""

    repo_id: str
    tag: str
    commit: str
    url: str


def push(path: str | Path, repo_id: str, *, private: bool = False, with_raw: bool = False) -> Pushed:
    """Push a release as tag vX.Y.Z of a dataset repository, which is made where it does not exist.

    with_raw: also the table `raw`, which holds what was removed (comments and the like); else it stays at home, and the pushed
    manifest and card say so. The token is found as huggingface_hub finds it.

    A tag is set only on a commit whose every file was downloaded again and found to be right. Run again after a failure, it goes
    on where it stopped. Raises VersionError where the tag, or a higher one, is there; ReleaseError for everything else.
    """
    folder = find(path)
    if problems := check_files(folder):
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        raise ReleaseError(f"{problems[0]}{more}", where=str(folder), do="see `corpusprep verify`")
    if hub.get_token() is None:
        raise ReleaseError("no token for the Hub", do="run `hf auth login`, or set HF_TOKEN")
    with tempfile.TemporaryDirectory(prefix="corpusprep-push-") as spare:
        whole = folder if with_raw else _without_raw(folder, Path(spare) / "release")
        try:
            return _Push(hub.HfApi(), repo_id, whole, manifests.read(whole)).run(private=private)
        except RepositoryNotFoundError:
            raise ReleaseError("no such repository, or not for this token", where=repo_id) from None
        except HFValidationError as error:
            raise ReleaseError(str(error), where=repo_id, do="give it as user/name") from None
        except _TROUBLE as error:
            do = "no version was tagged; run the same command again"
            raise ReleaseError(f"the Hub did not take it ({_first_line(error)})", where=repo_id, do=do) from error


@dataclass(frozen=True, slots=True)
class _Push:
    api: hub.HfApi
    repo_id: str
    folder: Path
    manifest: Mapping[str, Any]

    def run(self, *, private: bool) -> Pushed:
        tag, sums = f"v{self.manifest['version']}", manifests.read_sums(self.folder)
        self.api.create_repo(self.repo_id, repo_type="dataset", private=private, exist_ok=True)
        self._refuse_known(tag)
        head = self.api.repo_info(self.repo_id, repo_type="dataset").sha
        if head is None or not self._holds(head):
            head = self._commit(head, sums, tag)
        self._check(head, sums)
        self.api.create_tag(self.repo_id, tag=tag, revision=head, repo_type="dataset", exist_ok=False)
        return Pushed(self.repo_id, tag, head, f"{self.api.endpoint}/datasets/{self.repo_id}")

    def _refuse_known(self, tag: str) -> None:
        for ref in self.api.list_repo_refs(self.repo_id, repo_type="dataset").tags:
            if ref.name == tag:
                raise VersionError(f"{tag} is on the Hub already", where=self.repo_id, do="push a new version")
            if ref.name.startswith("v") and _above(ref.name[1:], tag[1:]):
                what = f"the Hub has {ref.name}, which is above {tag}"
                raise VersionError(what, where=self.repo_id, do="push versions in their order")

    def _holds(self, head: str) -> bool:
        """Whether a push that broke off before its tag has committed just this."""
        ours = (self.folder / manifests.SUMS).read_bytes()
        return self._fetch(manifests.SUMS, head) == hashlib.sha256(ours).hexdigest()

    def _commit(self, head: str | None, sums: Mapping[str, str], tag: str) -> str:
        """One commit that leaves, of all that corpusprep ever put there, only this release."""
        here = {entry.path for entry in self._tree(head)} if head else set()
        names = [*sorted(sums), manifests.SUMS]
        stale = sorted(name for name in here - set(names) if name.startswith(("data/", "plots/")))
        operations: list[hub.CommitOperationAdd | hub.CommitOperationDelete] = [
            *(hub.CommitOperationDelete(name) for name in stale),
            *(hub.CommitOperationAdd(name, self.folder / name) for name in names),
        ]
        done = self.api.create_commit(
            self.repo_id, iter(operations), repo_type="dataset", parent_commit=head,
            commit_message=f"{self.manifest['name']} {tag}",
        )  # fmt: skip
        return str(done.oid)

    def _tree(self, head: str) -> Iterator[Any]:
        entries = self.api.list_repo_tree(self.repo_id, repo_type="dataset", revision=head, recursive=True)
        return (entry for entry in entries if hasattr(entry, "blob_id"))  # files; a folder has a tree_id

    def _check(self, head: str, sums: Mapping[str, str]) -> None:
        for name in sorted(sums):
            if self._fetch(name, head) != sums[name]:
                do = "no version was tagged; run the same command again"
                raise ReleaseError(f"{name} is not on the Hub as it was sent", where=self.repo_id, do=do)

    def _fetch(self, name: str, revision: str) -> str:
        """The SHA-256 of a file as anyone downloads it, "" where it is not there."""
        with tempfile.TemporaryDirectory(prefix="corpusprep-check-") as folder:
            try:
                path = self.api.hf_hub_download(
                    self.repo_id, name, repo_type="dataset", revision=revision, local_dir=folder
                )
            except (
                LocalEntryNotFoundError
            ):  # no answer at all, which is another thing than the answer that it is not there
                raise
            except EntryNotFoundError:
                return ""
            return manifests.file_sha256(Path(path))


def _without_raw(folder: Path, target: Path) -> Path:
    """The release as it goes out when `raw` stays at home: links to its files, and a manifest and card that say so."""
    facts = manifests.read(folder)
    for name in facts["files"]:
        if name.startswith("data/") and not name.startswith("data/raw/"):
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to((folder / name).resolve())
    empty = {"rows": 0, "splits": {}, "files": {}, "columns": facts["tables"]["raw"]["columns"]}
    facts["tables"]["raw"] = empty
    facts |= {"withheld": ["raw"], "whole_digest": facts["digest"], "digest": manifests.content_digest(facts["tables"])}
    describe(target, facts)
    return target


def _above(version: str, other: str) -> bool:
    try:
        return parse(version) > parse(other)
    except VersionError:
        return False  # a tag of somebody's own


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
