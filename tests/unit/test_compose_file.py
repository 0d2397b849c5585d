"""docker-compose.yml and Dockerfile: valid, pinned, closed to the outside, and in step with the rest."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from temporalio.api.enums.v1 import IndexedValueType

from tests.contract.npm_specs import npm_file
from workflows.attributes import ALL

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

SCHEMA = ("dclint@3.1.0", "schemas/compose.schema.json")
"""The compose specification's own schema, as a linter on npm carries it."""

NOT_SHIPPED = {"bench", "demo", "standins"}
"""Packages of ours that no process in production imports."""

JOBS = {name for name, service in SERVICES.items() if service["restart"] != "unless-stopped"}

each_service = pytest.mark.parametrize("name", SERVICES)


def test_schema() -> None:
    """The file is what the compose specification's schema allows."""
    schema = json.loads(npm_file(*SCHEMA).read_text(encoding="utf-8"))

    mistakes = [
        f"{'.'.join(map(str, error.path))}: {error.message}"
        for error in jsonschema.Draft7Validator(schema).iter_errors(COMPOSE)
    ]

    assert mistakes == []


def test_schema_refuses() -> None:
    """The schema does find a misspelt key and a condition that does not exist."""
    schema = json.loads(npm_file(*SCHEMA).read_text(encoding="utf-8"))
    misspelt = {"services": {"web": {"image": "habeas:1", "helthcheck": {}}}}
    unknown = {"services": {"web": {"image": "habeas:1", "depends_on": {"db": {"condition": "healthy"}}}}}

    valid = [jsonschema.Draft7Validator(schema).is_valid(file) for file in (misspelt, unknown)]

    assert valid == [False, False]


def test_variables() -> None:
    """Every variable that the file takes from outside is explained in .env.example, and none is taken by accident."""
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    taken = set(re.findall(r"(?<!\$)\$\{(\w+)", TEXT))

    assert taken - set(re.findall(r"(?m)^(?:# )?([A-Z][A-Z0-9_]*)=", example)) == set()
    assert re.findall(r"(?<!\$)\$(?![{$])", TEXT) == []


@each_service
def test_dependencies(name: str) -> None:
    """A service waits for others that exist: for a job until it is done, for a server until it is healthy."""
    for other, how in SERVICES[name].get("depends_on", {}).items():
        wanted = "service_completed_successfully" if other in JOBS else "service_healthy"

        assert how == {"condition": wanted}
        assert other in JOBS or "healthcheck" in SERVICES[other]


@each_service
def test_image(name: str) -> None:
    """An image has a version to the last digit."""
    assert re.fullmatch(r"[a-z/-]+:\d+(\.\d+)+", SERVICES[name]["image"])


def test_versions_agree() -> None:
    """Ours is the project's version, and Temporal's tools are those of its server."""
    images = [service["image"] for service in SERVICES.values()]
    temporal = {image.rpartition(":")[2] for image in images if re.match(r"temporalio/(server|admin-tools):", image)}

    assert len(temporal) == 1
    assert {image for image in images if image.startswith("habeas:")} == {f"habeas:{PROJECT['project']['version']}"}


@each_service
def test_volumes(name: str) -> None:
    """A volume is declared, and a file that is mounted is there and cannot be written."""
    for volume in SERVICES[name].get("volumes", []):
        source, _, options = volume.partition(":")

        if source.startswith("./"):
            assert (ROOT / source).is_file()
            assert options.endswith(":ro")
        else:
            assert source in COMPOSE["volumes"]


@each_service
def test_closed(name: str) -> None:
    """A service writes to no file system of its own, has no capability, limits, and no port beyond this machine."""
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert set(service["networks"]) <= set(COMPOSE["networks"])


@each_service
def test_kept_running(name: str) -> None:
    """What serves is watched and started again; what is done once is neither."""
    assert ("healthcheck" in SERVICES[name]) is (name not in JOBS)


@pytest.mark.parametrize("name", ["postgres", "temporal"])
def test_unreachable(name: str) -> None:
    """Databases and engine are on the network without a way out, and on no other."""
    assert SERVICES[name]["networks"] == ["back"]
    assert COMPOSE["networks"]["back"] == {"internal": True}
    assert "ports" not in SERVICES[name]


@pytest.mark.parametrize("name", ["ledger-migration", "web", "worker"])
def test_least_secrets(name: str) -> None:
    """Our processes get .env without the databases' passwords, but for the ledger's in its address."""
    environment = SERVICES[name]["environment"]

    assert SERVICES[name]["env_file"] == [".env"]
    assert [environment[f"{owner}_PASSWORD"] for owner in ("POSTGRES", "TEMPORAL_DB", "LEDGER_DB")] == ["", "", ""]


def test_search_attributes() -> None:
    """The namespace is given the attributes that the workflows use."""
    script = SERVICES["temporal-namespace"]["command"][2]

    given = re.findall(r"--name (\w+) --type (\w+)", script)

    types = {f"INDEXED_VALUE_TYPE_{kind.upper()}" for _, kind in given}
    assert types <= set(IndexedValueType.keys())
    assert {name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}") for name, kind in given} == {
        key.name: int(key.indexed_value_type) for key in ALL
    }


def test_image_holds_what_runs() -> None:
    """Every package that production imports is copied into the image, and nothing else of ours."""
    packages = set(PROJECT["tool"]["importlinter"]["root_packages"]) - NOT_SHIPPED
    modules = {"foundation.py", "settings.py", "starter.py", "worker.py"}
    mounted = {"policy.toml", "systems.toml"}

    copied = {
        source
        for line in re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", DOCKERFILE)
        for source in line.split()
        if source != "requirements.runtime.lock"
    }

    assert copied == packages | modules | mounted | {"deploy/worker_health.py"}
    assert modules <= {path.name for path in ROOT.glob("*.py")}


def test_image_is_let_in() -> None:
    """What the image copies is not held back by .dockerignore, which lets nothing in by itself."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}

    sources = [s for line in re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", DOCKERFILE) for s in line.split()]

    assert "*" in lines
    assert {s for s in sources if s not in let_in and not (s.endswith(".py") and "/" not in s)} == set()


def test_image_runs_as_nobody() -> None:
    """The image starts from an exact version and ends as a user without rights."""
    bases = re.findall(r"(?m)^FROM (\S+)", DOCKERFILE)

    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", bases[0])
    assert re.findall(r"(?m)^USER (\w+)", DOCKERFILE) == ["habeas"]
