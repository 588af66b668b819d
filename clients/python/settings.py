"""Where Countersign is and how to show who calls: environment variables, listed in README.md."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PUBLISHED = Path(__file__).parents[2] / "docs" / "service-config-with-request-id.json"


@dataclass(frozen=True)
class Settings:
    target: str
    ca_file: str | None
    cert_file: str | None
    key_file: str | None
    token: Callable[[], str] | None
    service_config: str
    outbox: str
    phone_number: str
    unsteady_target: str | None


def read_settings() -> Settings:
    token_file = env("TOKEN_FILE")
    return Settings(
        target=env("TARGET") or "127.0.0.1:50051",
        ca_file=env("CA_FILE"),
        cert_file=env("CERT_FILE"),
        key_file=env("KEY_FILE"),
        # Read on each call: tokens live for minutes, and are renewed in this file.
        token=None if token_file is None else lambda: Path(token_file).read_text().strip(),
        service_config=Path(env("SERVICE_CONFIG_FILE") or PUBLISHED).read_text(),
        outbox=env("OUTBOX") or "http://127.0.0.1:9090/outbox",
        phone_number=env("PHONE_NUMBER") or "+12025550123",
        unsteady_target=env("UNSTEADY_TARGET"),
    )


def env(name: str) -> str | None:
    return os.environ.get(f"COUNTERSIGN_{name}") or None
