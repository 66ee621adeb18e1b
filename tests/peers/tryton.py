"""A real Tryton server for tests: built once into a cache, then started from a copy for each test module.

Tryton is GPL-3: it lives in a venv of its own and is spoken to over its public JSON-RPC only.
``python -m tests.peers.tryton`` builds it ahead of time; the fixture does so when it is missing.
The cache is ``.cache/peers`` of the repository, or where ``HUB_PEERS`` says.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

HERE = Path(__file__).resolve()
CONSTRAINTS = HERE.with_name("constraints-tryton.txt")
MODULES = ("party", "sale")
DATABASE = "crm"
ADMIN = ("admin", "peer-admin-password")
INTERN = ("intern", "peer-intern-password")
"""May log in and read next to nothing."""

PEOPLE: tuple[dict[str, Any], ...] = (
    {
        "name": "王小明",
        "email": "xiaoming@example.cn",
        "mobile": "+86 138 1234 5678",
        "country": "CN",
        "city": "上海",
    },
    {
        "name": "Anna Schmidt",
        "email": "anna@example.de",
        "phone": "+49 30 1234567",
        "country": "DE",
        "city": "Berlin",
    },
    {"name": "Zoë O'Neil", "email": "zoe@example.ie", "skype": "zoe.oneil"},
    {"name": "李雷", "mobile": "+86 139 8765 4321", "country": "CN", "city": "北京"},
)
COMPANIES: tuple[dict[str, Any], ...] = (
    {
        "name": "ACME GmbH",
        "email": "info@acme.example",
        "vat": "DE136695976",
        "country": "DE",
        "city": "Hamburg",
    },
    {"name": "上海晨光贸易有限公司", "email": "sales@chenguang.example", "country": "CN", "city": "上海"},
)
SALES: tuple[dict[str, Any], ...] = (
    {"party": "王小明", "lines": [("Consulting", 2.0, "50.25")], "until": "confirm"},
    {
        "party": "Anna Schmidt",
        "lines": [("Consulting", 1.0, "50.25"), ("Widget", 3.0, "19.99")],
        "until": "confirm",
    },
    {"party": "ACME GmbH", "lines": [("Widget", 100.0, "17.50")], "until": "confirm"},
    {"party": "ACME GmbH", "lines": [("Widget", 1.0, "19.99")], "until": "quote"},
    {"party": "李雷", "lines": [("Widget", 1.0, "19.99")], "until": "draft"},
    {"party": "Zoë O'Neil", "lines": [("Consulting", 4.0, "50.25")], "until": "cancel"},
)
STEPS = {"draft": (), "quote": ("quote",), "confirm": ("quote", "confirm"), "cancel": ("quote", "cancel")}


@dataclass
class Tryton:
    """A running server, and a session of its administrator to arrange data with."""

    base_url: str
    database: str = DATABASE
    context: dict[str, Any] = field(default_factory=dict)
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=120, trust_env=False))

    def login(self) -> Tryton:
        """Open the administrator's session."""
        user, password = ADMIN
        uid, token, *_ = self.rpc("common.db.login", user, {"password": password}, "en")
        session = base64.b64encode(f"{user}:{uid}:{token}".encode()).decode()
        self._http.headers["Authorization"] = f"Session {session}"
        self.context = {"active_test": False}
        return self

    def model(self, name: str, *params: Any) -> Any:
        """Call a model's method with the session's context."""
        return self.rpc(f"model.{name}", *params, self.context)

    def rpc(self, method: str, *params: Any) -> Any:
        """Call a method as it is."""
        body = {"id": 1, "method": method, "params": list(params)}
        response = self._http.post(f"{self.base_url}/{self.database}/rpc/", json=body)
        response.raise_for_status()
        answer = response.json()
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def close(self) -> None:
        self._http.close()


@pytest.fixture(scope="module")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tryton]:
    """A server of its own for each test module, filled with PEOPLE, COMPANIES and SALES."""
    home = tmp_path_factory.mktemp("tryton")
    shutil.copy(build() / f"{DATABASE}.sqlite", home)
    with serving(home) as server:
        yield server


def build() -> Path:
    """The folder of the snapshot, made first if need be; one builder at a time."""
    key = hashlib.sha256(CONSTRAINTS.read_bytes() + HERE.read_bytes()).hexdigest()[:12]
    root = Path(os.environ.get("HUB_PEERS") or HERE.parents[2] / ".cache" / "peers") / "tryton"
    snapshot = root / f"snapshot-{key}"
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install()  # another interpreter needs another one, though the snapshot stays
        if not snapshot.exists():
            with tempfile.TemporaryDirectory(dir=root) as work:
                _fill(Path(work))
                os.rename(_packed(Path(work)), snapshot)
    return snapshot


@contextmanager
def serving(home: Path) -> Iterator[Tryton]:
    """Run a server on the database in ``home``, on a free loopback port, for as long as it is needed."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    config = _config(home, f"[web]\nlisten = 127.0.0.1:{port}\n")
    command = [_venv() / "bin" / "trytond", "-c", config, "-d", DATABASE]
    with (home / "trytond.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    server = Tryton(f"http://127.0.0.1:{port}")
    try:
        _wait_for(port, process, home / "trytond.log")
        yield server.login()
    finally:
        server.close()
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _venv() -> Path:
    """One venv per set of versions and interpreter, shared by all snapshots."""
    key = hashlib.sha256(CONSTRAINTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    root = Path(os.environ.get("HUB_PEERS") or HERE.parents[2] / ".cache" / "peers")
    return root / "tryton" / f"venv-{key}"


def _install() -> None:
    place = _venv()
    if (place / "complete").exists():
        return
    venv.EnvBuilder(with_pip=True, clear=True).create(place)
    wanted = ["trytond", *(f"trytond-{module}" for module in MODULES)]
    pip = [place / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "-c", CONSTRAINTS, *wanted], check=True)
    (place / "complete").touch()


def _fill(home: Path) -> None:
    """Create the database with all modules in one pass, then seed it over the wire."""
    (home / f"{DATABASE}.sqlite").touch()
    (home / "password").write_text(ADMIN[1])
    admin = [_venv() / "bin" / "trytond-admin", "-c", _config(home), "-d", DATABASE]
    subprocess.run(
        [*admin, "-u", "ir", "res", *MODULES, "--activate-dependencies", "--email", "admin@example.com"],
        env={**os.environ, "TRYTONPASSFILE": str(home / "password")},
        check=True,
    )
    with serving(home) as server:
        _seed(server)


def _packed(home: Path) -> Path:
    """A folder with the database alone; its write-ahead log is folded in, or a copy would miss rows."""
    with sqlite3.connect(home / f"{DATABASE}.sqlite") as database:
        database.execute("pragma wal_checkpoint(truncate)")
    database.close()
    packed = home / "packed"
    packed.mkdir()
    shutil.copy(home / f"{DATABASE}.sqlite", packed)
    return packed


def _config(home: Path, more: str = "") -> Path:
    path = home / "trytond.conf"
    path.write_text(f"[database]\nuri = sqlite:///\npath = {home}\n{more}")
    return path


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"trytond did not come up:\n{log.read_text()[-2000:]}")


def _seed(server: Tryton) -> None:
    euro = _currency(server)
    company = _company(server, euro)
    countries = {
        code: server.model("country.country.create", [{"name": name, "code": code}])[0]
        for code, name in (("CN", "China"), ("DE", "Germany"))
    }
    for known in (*PEOPLE, *COMPANIES):
        server.model("party.party.create", [party(known, countries)])
    products = {name: _product(server, name) for name in ("Consulting", "Widget")}
    for sale in SALES:
        sell(server, company, euro, products, sale)
    user, password = INTERN
    server.model(
        "res.user.create",
        [
            {
                "name": user,
                "login": user,
                "password": password,
                "companies": [["add", [company]]],
                "company": company,
            }
        ],
    )


def _currency(server: Tryton) -> int:
    start = {"__class__": "date", "year": 2020, "month": 1, "day": 1}
    euro = {"name": "Euro", "code": "EUR", "symbol": "€", "digits": 2, "rounding": decimal("0.01")}
    rates = [["create", [{"rate": decimal("1"), "date": start}]]]
    return server.model("currency.currency.create", [{**euro, "rates": rates}])[0]


def _company(server: Tryton, currency: int) -> int:
    (owner,) = server.model("party.party.create", [{"name": "Our Own Company"}])
    (company,) = server.model("company.company.create", [{"party": owner, "currency": currency}])
    (user,) = server.model("res.user.search", [["login", "=", ADMIN[0]]], 0, 1, None)
    server.model("res.user.write", [user], {"companies": [["add", [company]]], "company": company})
    server.context |= {"company": company, "companies": [company]}
    return company


def _product(server: Tryton, name: str) -> int:
    (unit,) = server.model("product.uom.search", [["name", "=", "Unit"]], 0, 1, None)
    template = {"name": name, "type": "service", "default_uom": unit, "salable": True, "sale_uom": unit}
    variants = [["create", [{}]]]
    server.model("product.template.create", [{**template, "list_price": decimal("20"), "products": variants}])
    return server.model("product.product.search", [["name", "=", name]], 0, 1, None)[0]


def party(known: dict[str, Any], countries: dict[str, int]) -> dict[str, Any]:
    """What ``party.party.create`` takes for one of PEOPLE or COMPANIES."""
    ways = [
        {"type": kind, "value": known[kind]}
        for kind in ("email", "phone", "mobile", "skype")
        if kind in known
    ]
    made: dict[str, Any] = {"name": known["name"], "contact_mechanisms": [["create", ways]]}
    if "city" in known:
        made["addresses"] = [["create", [{"city": known["city"], "country": countries[known["country"]]}]]]
    if "vat" in known:
        made["identifiers"] = [["create", [{"type": "eu_vat", "code": known["vat"]}]]]
    return made


def sell(server: Tryton, company: int, currency: int, products: dict[str, int], sale: dict[str, Any]) -> int:
    """Write a sale and take it as far as it is to go."""
    (buyer,) = server.model("party.party.search", [["name", "=", sale["party"]]], 0, 1, None)
    address = server.model("party.address.search", [["party", "=", buyer]], 0, 1, None)
    address = address or server.model("party.address.create", [{"party": buyer}])
    (unit,) = server.model("product.uom.search", [["name", "=", "Unit"]], 0, 1, None)
    lines = [
        {
            "type": "line",
            "product": products[name],
            "unit": unit,
            "quantity": count,
            "unit_price": decimal(price),
        }
        for name, count, price in sale["lines"]
    ]
    made = {
        "party": buyer,
        "invoice_party": buyer,
        "company": company,
        "currency": currency,
        "invoice_address": address[0],
        "shipment_address": address[0],
        "invoice_method": "manual",
        "shipment_method": "manual",
        "lines": [["create", lines]],
    }
    (number,) = server.model("sale.sale.create", [made])
    for step in STEPS[sale["until"]]:
        server.model(f"sale.sale.{step}", [number])
    return number


def decimal(text: str) -> dict[str, str]:
    """A decimal as JSON-RPC carries it."""
    return {"__class__": "Decimal", "decimal": text}


if __name__ == "__main__":
    began = time.monotonic()
    print(f"Tryton snapshot in {build()} after {time.monotonic() - began:.0f} s")  # noqa: T201
