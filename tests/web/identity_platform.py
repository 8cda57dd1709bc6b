"""Identity platforms on loopback: a real OpenID provider in its own process, and one that lies."""

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

PATIENCE = 30.0
CLIENT = "jieti"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Provider:
    """The people that a running provider knows, and its consent page."""

    def __init__(self, url: str) -> None:
        self.url = url

    def knows(self, subject: str, **claims: Any) -> None:
        requests.put(f"{self.url}/users/{subject}", json=claims, timeout=PATIENCE).raise_for_status()

    def consents(self, address: str, subject: str, *, action: str = "authorize") -> str:
        """Logs `subject` in on the provider's page; the address that the browser is sent back to, without the host."""
        answer = requests.post(
            address, data={"sub": subject, "action": action}, allow_redirects=False, timeout=PATIENCE
        )
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"

    def sign_in(self, client: Client, platform: str, subject: str) -> Any:
        """The whole way: our button, the provider's page, back to us."""
        there = client.get(f"/login/{platform}/")
        assert there.status_code == 302, there.content.decode()
        return client.get(self.consents(there.headers["Location"], subject))


@contextlib.contextmanager
def provider() -> Iterator[Provider]:
    """oidc-provider-mock in a process of its own: its warnings are not ours."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce",
        "true",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"{url}/.well-known/openid-configuration")
        yield Provider(url)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.RequestException):
            if requests.get(address, timeout=1).ok:
                return
        time.sleep(0.05)
    raise TimeoutError(address)


class Liar:
    """A provider whose answers can be made wrong one by one; right as it begins."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signed_with: Any = self.key
        self.algorithm = "RS256"
        self.claims: dict[str, Any] = {}
        self.info: dict[str, Any] = {}
        self.description: dict[str, Any] = {}
        self.keys: list[str] = ["k1"]
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def answers(self, authorize: str, **claims: object) -> str:
        """Takes the question of our redirect, claims what a provider claims, and what else is wanted; the way back."""
        asked = dict(parse_qsl(urlsplit(authorize).query))
        now = int(time.time())
        person = {"sub": "s1", "name": "王建国", "identity_number": "110116197001011232"}
        times = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
        self.claims = {key: value for key, value in (person | times | claims).items() if value is not None}
        self.info = person | self.info
        return f"{urlsplit(asked['redirect_uri']).path}?code=c&state={asked['state']}"

    def _answer(self, path: str) -> Mapping[str, Any]:
        match path:
            case "/.well-known/openid-configuration":
                places = {
                    "issuer": self.url,
                    "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token",
                    "userinfo_endpoint": f"{self.url}/info",
                    "jwks_uri": f"{self.url}/keys",
                }
                return places | self.description
            case "/token":
                headers = {"kid": "k1"}
                token = jwt.encode(self.claims, self.signed_with, algorithm=self.algorithm, headers=headers)
                return {"access_token": "a", "token_type": "Bearer", "id_token": token}
            case "/info":
                return self.info
            case _:
                public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
                return {"keys": [public | {"kid": kid, "use": "sig", "alg": "RS256"} for kid in self.keys]}

    def _handler(liar) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self.rfile.read(length)
                body = json.dumps(liar._answer(urlsplit(self.path).path)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - the library calls it

            def log_message(self, *_: object) -> None:
                """Silently."""

        return Handler
