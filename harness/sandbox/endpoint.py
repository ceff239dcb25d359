"""Where the container engine is, and connections to it: unix sockets, TCP with or without TLS, ssh.

Labs over stdin and stdout need a raw connection each, so every kind of address is opened here, in one way, for them and
for the engine's client alike.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import docker
import urllib3.connection
from docker.transport.basehttpadapter import BaseHTTPAdapter
from typing_extensions import override

from findbench.harness.errors import EngineError

DEFAULT_URL = "unix:///var/run/docker.sock"
PROBE_SECONDS = 5.0
"""How long connecting to an engine on this machine may take."""
REMOTE_SECONDS = 20.0
"""How long connecting to an engine on another machine may take: ssh first agrees on keys."""
LARGEST_HEAD = 16 << 10
"""Bytes of an HTTP answer's head."""
OK = 200


@dataclass(frozen=True)
class Tls:
    """What TLS to an engine needs: paths of files, as `DOCKER_CERT_PATH` or a docker context has them."""

    ca: str | None
    certificate: str | None
    key: str | None
    verify: bool


@dataclass(frozen=True)
class Endpoint:
    """The address of an engine. Hashable: what was found out about an engine is kept by it."""

    url: str
    """`unix:///path`, `tcp://host:port` or `ssh://[user@]host[:port]`."""
    source: str
    """Where the address comes from, in words, for messages."""
    tls: Tls | None = None

    @property
    def kind(self) -> Literal["unix", "tcp", "ssh"]:
        """The address's scheme."""
        return cast("Literal['unix', 'tcp', 'ssh']", self.url.partition("://")[0])

    @property
    def path(self) -> Path:
        """The socket of a `unix://` address."""
        return Path(self.url.removeprefix("unix://"))

    def __str__(self) -> str:
        return str(self.path) if self.kind == "unix" else self.url

    def open(self, seconds: float | None = None) -> socket.socket:
        """A connection to the engine, blocking, with no timeout. Raises OSError (ssl.SSLError is one).

        `seconds`: how long it may take. Over ssh it is the ssh client's to fail: the connection then ends at once.
        """
        if self.kind == "unix":
            return _open_unix(self.path, seconds or PROBE_SECONDS)
        if self.kind == "ssh":
            return _open_ssh(self.url, stderr=subprocess.DEVNULL)[0]
        return _open_tcp(self.url, self.tls, seconds or REMOTE_SECONDS)

    def ping(self, seconds: float = REMOTE_SECONDS) -> str:
        """The engine's API version. Raises EngineError that says what is wrong and what to do."""
        ssh: subprocess.Popen[bytes] | None = None
        try:
            if self.kind == "ssh":
                connection, ssh = _open_ssh(self.url, stderr=subprocess.PIPE)
            else:
                connection = self.open(seconds)
            with connection:
                connection.settimeout(seconds)
                connection.sendall(b"GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n")
                status, headers, body = read_head(connection)
                if status != OK:
                    body += connection.recv(LARGEST_HEAD)
        except (OSError, EOFError) as error:
            raise self.explain(error, _last_words(ssh)) from error
        _last_words(ssh)
        if status == OK and "api-version" in headers:
            return headers["api-version"]
        if self.kind == "tcp" and self.tls is None and b"HTTPS" in body:
            raise EngineError(f"the container engine at {self} wants TLS; set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH")
        said = " ".join(body.decode("utf-8", "replace").split())[:200]
        raise EngineError(f"the container engine at {self} refused (HTTP status {status}): {said}; look at its log")

    def explain(self, error: BaseException, said: str = "") -> EngineError:
        """Why connecting failed and what to do. `said`: the last line of the ssh client, if there was one."""
        if self.kind == "unix":
            return _explain_unix(self.path, error)
        if self.kind == "ssh":
            return _explain_ssh(self, error, said)
        return _explain_tcp(self, error)


def current() -> Endpoint:
    """The engine that docker's own command line would use: `DOCKER_HOST`, else the docker context, else the default.

    Raises EngineError for an address that is none, or a context that does not exist.
    """
    environment = os.environ
    return _current(
        environment.get("DOCKER_HOST", ""),
        environment.get("DOCKER_CONTEXT", ""),
        environment.get("DOCKER_CONFIG", ""),
        environment.get("DOCKER_TLS_VERIFY", ""),
        environment.get("DOCKER_CERT_PATH", ""),
    )


@lru_cache
def _current(host: str, context: str, config: str, tls_verify: str, cert_path: str) -> Endpoint:
    if host:
        folder = Path(cert_path or "~/.docker").expanduser()
        wants_tls = bool(tls_verify or cert_path) and host.startswith("tcp://")
        ca, certificate, key = (str(folder / f"{name}.pem") for name in ("ca", "cert", "key"))
        tls = Tls(ca, certificate, key, verify=bool(tls_verify)) if wants_tls else None
        return _checked(Endpoint(host, "DOCKER_HOST", tls))
    folder = Path(config or "~/.docker").expanduser()
    name = context or _current_context(folder)
    if name == "default":
        return Endpoint(DEFAULT_URL, "DOCKER_HOST")
    return _checked(_of_context(folder, name))


def _current_context(folder: Path) -> str:
    """The name of the docker context that `docker context use` has chosen."""
    try:
        return str(json.loads((folder / "config.json").read_text()).get("currentContext") or "default")
    except FileNotFoundError:
        return "default"
    except (OSError, ValueError, AttributeError) as error:
        raise EngineError(
            f"docker's settings in {folder}/config.json cannot be read ({error}); correct them"
        ) from error


def _of_context(folder: Path, name: str) -> Endpoint:
    """What `docker context create` has written. docker-py finds it only where there is a `config.json` too."""
    key = sha256(name.encode()).hexdigest()
    try:
        found = json.loads((folder / "contexts/meta" / key / "meta.json").read_text())["Endpoints"]["docker"]
        url, verify = str(found["Host"]), not found.get("SkipTLSVerify", False)
    except FileNotFoundError as error:
        raise EngineError(f"there is no docker context {name!r}; `docker context ls` lists them") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"{type(error).__name__}: {error}"
        raise EngineError(
            f"the docker context {name!r} cannot be read ({why}); make it anew, or set DOCKER_HOST"
        ) from error
    files = {path.stem: str(path) for path in (folder / "contexts/tls" / key / "docker").glob("*.pem")}
    tls = Tls(files.get("ca"), files.get("cert"), files.get("key"), verify=verify) if files else None
    return Endpoint(url, f"docker context {name}", tls if url.startswith("tcp://") else None)


def _checked(endpoint: Endpoint) -> Endpoint:
    """The endpoint, if its address is one. Raises EngineError."""
    url, source = endpoint.url, endpoint.source
    parts = urlsplit(url)
    try:
        whole = {"unix": bool(parts.path), "tcp": bool(parts.hostname), "ssh": bool(parts.hostname)}
        good = whole.get(parts.scheme, False) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number
        good = False
    if not good or (parts.scheme == "ssh" and parts.path not in ("", "/")) or (parts.hostname or "").startswith("-"):
        forms = "unix:///path, tcp://host:port or ssh://user@host"
        raise EngineError(f"{source}: {url!r} is not the address of a container engine; give {forms}")
    return endpoint


# -- opening -----------------------------------------------------------------------------------------------------------


def _open_unix(path: Path, seconds: float) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.settimeout(seconds)
        sock.connect(str(path))
    except BaseException:
        sock.close()
        raise
    sock.settimeout(None)
    return sock


def _open_tcp(url: str, tls: Tls | None, seconds: float) -> socket.socket:
    parts = urlsplit(url)
    host = parts.hostname or ""
    sock = socket.create_connection((host, parts.port or (2376 if tls else 2375)), seconds)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # an engine's machine may vanish without a word
        if tls is not None:
            sock = _tls_context(tls).wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise
    sock.settimeout(None)
    return sock


def _tls_context(tls: Tls) -> ssl.SSLContext:
    """As docker's command line has it: without `verify` the connection is encrypted, and anybody may be at its end."""
    context = ssl.create_default_context(cafile=tls.ca if tls.verify else None)
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.certificate:
        context.load_cert_chain(tls.certificate, tls.key)
    return context


_ssh_clients: list[subprocess.Popen[bytes]] = []
"""Those that may still run: each ends with its connection, and is reaped when the next is started or at exit."""


def _open_ssh(url: str, *, stderr: int) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """A connection through `ssh HOST docker system dial-stdio`, as docker's own command line makes it."""
    parts = urlsplit(url)
    # Nobody is there to type a password for every lab: without a key it must fail, and not wait.
    arguments = ["ssh", "-T", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={REMOTE_SECONDS:.0f}"]
    arguments += ["-l", parts.username] if parts.username else []
    arguments += ["-p", str(parts.port)] if parts.port else []
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            client = subprocess.Popen(
                [*arguments, "--", parts.hostname or "", "docker", "system", "dial-stdio"],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=stderr,
                start_new_session=True,  # Ctrl-C is ours: the labs are still to be removed through it
            )
        except OSError:
            ours.close()
            raise
    _ssh_clients[:] = [each for each in _ssh_clients if each.poll() is None]
    _ssh_clients.append(client)
    return ours, client


def _last_words(client: subprocess.Popen[bytes] | None) -> str:
    """The last line that an ssh client printed, whose connection has ended."""
    if client is None or client.stderr is None:
        return ""
    with client.stderr as stream:
        try:
            client.wait(PROBE_SECONDS)
        except subprocess.TimeoutExpired:
            client.terminate()
            client.wait()
        lines = stream.read(LARGEST_HEAD).decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


@atexit.register
def _end_ssh_clients() -> None:
    for client in _ssh_clients:
        if client.poll() is None:
            with contextlib.suppress(OSError):
                client.terminate()
                client.wait(1)


# -- speaking ----------------------------------------------------------------------------------------------------------


def read_head(sock: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """The head of an HTTP answer: status, headers (names in lower case), and what came after it.

    Raises EOFError when the connection ends inside it, OSError when it is no HTTP.
    """
    data = b""
    while b"\r\n\r\n" not in data:
        if len(data) > LARGEST_HEAD:
            raise OSError("no HTTP answer")
        more = sock.recv(4096)
        if not more:
            raise EOFError("the connection ended before an answer came")
        data += more
        if not data.startswith(b"HTTP/"[: len(data)]):
            raise OSError("no HTTP answer")
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    match = re.match(r"HTTP/1\.[01] (\d{3})\b", first)
    if match is None:
        raise OSError("no HTTP answer")
    pairs = (line.partition(":") for line in lines)
    return int(match[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}, rest


def client(endpoint: Endpoint, *, timeout: int, connections: int) -> docker.DockerClient:
    """A client of the engine, which answered just now. Raises EngineError when it does not.

    docker-py opens no connection itself: over ssh it would want another package, and its sockets could not be polled.
    """
    version = endpoint.ping(timeout)
    made = docker.DockerClient(base_url=DEFAULT_URL, version=version, timeout=timeout, max_pool_size=connections)
    made.api.trust_env = False  # there is no proxy on the way: looking for one takes a fifth of each request
    made.api.mount("http+docker://", _Adapter(endpoint, timeout, connections))
    return made


class _Connection(urllib3.connection.HTTPConnection):
    def __init__(self, endpoint: Endpoint, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._endpoint = endpoint

    @override
    def connect(self) -> None:
        self.sock = self._endpoint.open()
        self.sock.settimeout(self.timeout)


class _Pool(urllib3.connectionpool.HTTPConnectionPool):
    def __init__(self, endpoint: Endpoint, timeout: float, connections: int) -> None:
        super().__init__("localhost", timeout=timeout, maxsize=connections)
        self._endpoint = endpoint
        self._seconds = timeout

    @override
    def _new_conn(self) -> _Connection:
        return _Connection(self._endpoint, self._seconds)


class _Adapter(BaseHTTPAdapter):
    """All requests of a client, over connections that the endpoint opens."""

    def __init__(self, endpoint: Endpoint, timeout: float, connections: int) -> None:
        super().__init__()
        self._pool = _Pool(endpoint, timeout, connections)

    @override
    def get_connection(self, url: str | bytes, proxies: Any = None) -> _Pool:
        return self._pool

    @override
    def request_url(self, request: Any, proxies: Any) -> str:
        path: str = request.path_url
        return path

    @override
    def close(self) -> None:
        self._pool.close()
        super().close()


# -- what is wrong -----------------------------------------------------------------------------------------------------


def nobody_listens(path: Path) -> bool:
    """Whether the engine's socket is absent or left over. Raises OSError when it is there but cannot be reached."""
    try:
        _open_unix(path, PROBE_SECONDS).close()
    except (FileNotFoundError, ConnectionRefusedError):
        return True
    return False


def _explain_unix(path: Path, error: BaseException) -> EngineError:
    if isinstance(error, PermissionError):
        return EngineError(
            f"no permission on the engine's socket {path}; run `sudo usermod -aG docker $USER` and log in again"
        )
    if isinstance(error, FileNotFoundError):
        return EngineError(
            f"no container engine: {path} does not exist; `findbench setup engine` (as root) installs and starts one"
        )
    if isinstance(error, ConnectionRefusedError):
        return EngineError(
            f"no container engine is running at {path}; start it (`findbench setup engine` as root, or "
            "`systemctl start docker`)"
        )
    if isinstance(error, TimeoutError):
        return EngineError(f"the container engine at {path} does not answer in time; look at its log, or restart it")
    return EngineError(f"the engine's socket {path} cannot be reached ({error}); look at the engine's log")


def _explain_tcp(endpoint: Endpoint, error: BaseException) -> EngineError:
    source = endpoint.source
    if isinstance(error, ssl.SSLError | FileNotFoundError):
        reason = getattr(error, "reason", None) or error
        return EngineError(
            f"TLS with the container engine at {endpoint} failed ({reason}); check DOCKER_CERT_PATH, DOCKER_TLS_VERIFY"
        )
    if isinstance(error, socket.gaierror):
        return EngineError(f"the host of the container engine {endpoint} is unknown; correct {source}")
    if isinstance(error, ConnectionRefusedError):
        return EngineError(f"no container engine listens at {endpoint}; start it there, or correct {source}")
    if isinstance(error, TimeoutError):
        return EngineError(
            f"the container engine at {endpoint} does not answer in time; check the network and its firewall"
        )
    return EngineError(
        f"the container engine at {endpoint} cannot be reached ({error}); check the network and {source}"
    )


def _explain_ssh(endpoint: Endpoint, error: BaseException, said: str) -> EngineError:
    if isinstance(error, FileNotFoundError) or shutil.which("ssh") is None:
        return EngineError(f"{endpoint.source}={endpoint.url} needs the ssh client; install openssh-client")
    host = urlsplit(endpoint.url).hostname
    if isinstance(error, TimeoutError):
        return EngineError(
            f"the container engine at {endpoint} does not answer in time; try `ssh {host} docker version`"
        )
    why = said or str(error)
    return EngineError(
        f"the container engine at {endpoint} cannot be reached: {why[:200]}; make `ssh {host} docker version` work "
        "without a password"
    )
