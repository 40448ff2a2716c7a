"""A Hub for tests, on the loopback interface: as much of its HTTP interface as pushing and loading a dataset need."""

import base64
import contextlib
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


class Repo:
    def __init__(self, private):
        self.private, self.tags, self.log = private, {}, []
        self.commits = {}
        self.commit({".gitattributes": b"*.parquet filter=lfs\n"}, "initial commit")

    @property
    def head(self):
        return self.log[-1]

    def commit(self, files, title):
        names = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
        oid = hashlib.sha1(json.dumps([self.log, names, title]).encode()).hexdigest()  # noqa: S324
        self.commits[oid] = dict(files)
        self.log.append(oid)
        return oid

    def resolve(self, revision):
        return {"main": self.head, **self.tags}.get(revision, revision if revision in self.commits else None)


class FakeHub:
    """`fault` is called with method and path before each answer: "drop" breaks the connection, a number is that status."""

    def __init__(self):
        self.repos, self.blobs, self.requests = {}, {}, []
        self.fault = lambda *_: None
        self.corrupt = lambda _, data: data
        self.lock = threading.RLock()
        hub = self

        class Handler(_Handler):
            pass

        Handler.hub = hub
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def log_message(self, *_):
        pass

    def _run(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self._chunks() if self.headers.get("Transfer-Encoding") == "chunked" else self.rfile.read(length)
        path = unquote(urlsplit(self.path).path)
        self.query = parse_qs(urlsplit(self.path).query)
        with self.hub.lock:
            self.hub.requests.append((self.command, path))
            fault = self.hub.fault(self.command, path)
            if fault == "drop":
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.shutdown(2)
                return
            if fault:
                self._send(fault, {"error": "broken on purpose"})
                return
            for method, pattern, action in ROUTES:
                match = re.fullmatch(pattern, path)
                if match and self.command in method:
                    action(self, *(group for group in match.groups() if group is not None))
                    return
        self._send(404, {"error": f"no such route: {self.command} {path}"})

    do_GET = do_POST = do_PUT = do_HEAD = _run  # noqa: N815

    def _chunks(self):
        data = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def _send(self, status, payload=b"", **headers):
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _repo(self, name):
        if name not in self.hub.repos:
            self._send(404, {"error": "Repository not found"}, X_Error_Code="RepoNotFound")
            return None
        return self.hub.repos[name]

    def create(self):
        facts = json.loads(self.body)
        name = f"{facts['organization']}/{facts['name']}" if facts.get("organization") else facts["name"]
        url = f"{self.hub.url}/datasets/{name}"
        if name in self.hub.repos:
            self._send(409, {"error": "exists", "url": url})
            return
        self.hub.repos[name] = Repo(bool(facts.get("private") or facts.get("visibility") == "private"))
        self._send(200, {"url": url, "name": name})

    def validate(self):
        self._send(200, {"errors": [], "warnings": []})

    def whoami(self):
        self._send(200, {"name": "ann", "type": "user"})

    def info(self, name, revision="main"):
        if repo := self._repo(name):
            oid = repo.resolve(revision)
            if oid is None:
                self._send(404, {"error": "no revision"}, X_Error_Code="RevisionNotFound")
                return
            files = [{"rfilename": path} for path in sorted(repo.commits[oid])]
            self._send(200, {"id": name, "sha": oid, "private": repo.private, "siblings": files, "tags": []})

    def refs(self, name):
        if repo := self._repo(name):
            tags = [{"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": oid} for tag, oid in repo.tags.items()]
            main = [{"name": "main", "ref": "refs/heads/main", "targetCommit": repo.head}]
            self._send(200, {"branches": main, "tags": tags, "converts": []})

    def tree(self, name, revision, folder=""):
        if repo := self._repo(name):
            files, folder = repo.commits[repo.resolve(revision)], folder.strip("/")
            recursive = self.query.get("recursive", ["false"])[0].lower() == "true"
            entries = {}
            for path, data in files.items():
                if folder and not path.startswith(folder + "/"):
                    continue
                rest = path[len(folder) :].lstrip("/").split("/")
                for depth in range(1, len(rest)):
                    parent = "/".join([*([folder] if folder else []), *rest[:depth]])
                    if recursive or depth == 1:
                        entries[parent] = {"type": "directory", "path": parent, "oid": "0" * 40, "size": 0}
                if recursive or len(rest) == 1:
                    entries[path] = _entry(path, data)
            self._send(200, [entries[path] for path in sorted(entries)])

    def paths(self, name, revision):
        if repo := self._repo(name):
            files = repo.commits[repo.resolve(revision)]
            asked = (
                json.loads(self.body)["paths"]
                if self.body[:1] == b"{"
                else parse_qs(self.body.decode()).get("paths", [])
            )
            found = [_entry(path, files[path]) for path in asked if path in files]
            folders = [path for path in asked if any(one.startswith(path + "/") for one in files)]
            found += [{"type": "directory", "path": path, "oid": "0" * 40, "size": 0} for path in folders]
            self._send(200, found)

    def preupload(self, name, _):
        if repo := self._repo(name):
            files = []
            for one in json.loads(self.body)["files"]:
                mode = "lfs" if one["path"].endswith(".parquet") else "regular"
                here = repo.commits[repo.head].get(one["path"])
                oid = (
                    _entry("", here)["oid"]
                    if here is not None and mode == "regular"
                    else here and hashlib.sha256(here).hexdigest()
                )
                files.append({"path": one["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid})
            self._send(200, {"files": files})

    def batch(self, _):
        objects = []
        for one in json.loads(self.body)["objects"]:
            action = (
                {}
                if one["oid"] in self.hub.blobs
                else {"actions": {"upload": {"href": f"{self.hub.url}/blobs/{one['oid']}"}}}
            )
            objects.append({**one, **action})
        self._send(200, {"transfer": "basic", "objects": objects})

    def upload(self, oid):
        assert hashlib.sha256(self.body).hexdigest() == oid
        self.hub.blobs[oid] = self.body
        self._send(200)

    def commit(self, name, _):
        if repo := self._repo(name):
            lines = [json.loads(line) for line in self.body.splitlines() if line.strip()]
            head, files = lines[0]["value"], dict(repo.commits[repo.head])
            if head.get("parentCommit", repo.head) != repo.head:
                self._send(412, {"error": "A commit has happened since. Please refresh and try again."})
                return
            for line in lines[1:]:
                value = line["value"]
                if line["key"] == "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                elif line["key"] == "lfsFile":
                    files[value["path"]] = self.hub.blobs[value["oid"]]
                elif line["key"] == "deletedFile":
                    del files[value["path"]]
            oid = repo.commit(files, head["summary"])
            self._send(
                200, {"success": True, "commitOid": oid, "commitUrl": f"{self.hub.url}/datasets/{name}/commit/{oid}"}
            )

    def tag(self, name, revision):
        if repo := self._repo(name):
            tag = json.loads(self.body)["tag"]
            if tag in repo.tags:
                self._send(409, {"error": "Tag reference exists already"})
                return
            repo.tags[tag] = repo.resolve(revision)
            self._send(200, {})

    def file(self, name, revision, path):
        if repo := self._repo(name):
            oid = repo.resolve(revision)
            if oid is None:
                self._send(404, {"error": "no revision"}, X_Error_Code="RevisionNotFound")
                return
            if path not in repo.commits[oid]:
                self._send(404, {"error": "Entry not found"}, X_Error_Code="EntryNotFound", X_Repo_Commit=oid)
                return
            data = self.hub.corrupt(path, repo.commits[oid][path])
            headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X_Repo_Commit": oid, "Accept_Ranges": "bytes"}
            span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
            if span:
                start, end = int(span[1]), min(int(span[2] or len(data) - 1), len(data) - 1)
                headers["Content_Range"] = f"bytes {start}-{end}/{len(data)}"
                self._send(206, data[start : end + 1], **headers)
                return
            self._send(200, data, **headers)


def _entry(path, data):
    git = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()  # noqa: S324
    return {"type": "file", "path": path, "size": len(data), "oid": git}


_NAME = r"([^/]+/[^/]+)"
ROUTES = [
    (("POST",), r"/api/repos/create", _Handler.create),
    (("POST",), r"/api/validate-yaml", _Handler.validate),
    (("GET",), r"/api/whoami-v2", _Handler.whoami),
    (("GET",), rf"/api/datasets/{_NAME}", _Handler.info),
    (("GET",), rf"/api/datasets/{_NAME}/refs", _Handler.refs),
    (("GET",), rf"/api/datasets/{_NAME}/revision/([^/]+)", _Handler.info),
    (("GET",), rf"/api/datasets/{_NAME}/tree/([^/]+)(/.*)?", _Handler.tree),
    (("POST",), rf"/api/datasets/{_NAME}/paths-info/([^/]+)", _Handler.paths),
    (("POST",), rf"/api/datasets/{_NAME}/preupload/([^/]+)", _Handler.preupload),
    (("POST",), rf"/api/datasets/{_NAME}/commit/([^/]+)", _Handler.commit),
    (("POST",), rf"/api/datasets/{_NAME}/tag/([^/]+)", _Handler.tag),
    (("POST",), rf"/datasets/{_NAME}\.git/info/lfs/objects/batch", _Handler.batch),
    (("PUT",), r"/blobs/([0-9a-f]+)", _Handler.upload),
    (("GET", "HEAD"), rf"/datasets/{_NAME}/resolve/([^/]+)/(.+)", _Handler.file),
]
