"""
What the environment may say, typed and checked once, before anything starts.

Each field is a variable of the same name in capitals (`DB_HOST`), read from the process and from `.env` in the
checkout. A value that makes no sense, and a name in `.env` that nobody reads, stop the start with the reason: a
misspelt `LOOKS_PER_SECOND` would otherwise be a pace that is not there.
"""

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from vault import Keyring

CHECKOUT = Path(__file__).resolve().parent.parent
# Another file than `.env` in the checkout; empty for none.
ENV_FILE = os.environ.get("ENV_FILE", str(CHECKOUT / ".env")) or None


def _http_origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("write an address such as https://example.kz, without a path")
    return f"{parts.scheme}://{parts.netloc}"


HttpOrigin = Annotated[str, AfterValidator(_http_origin)]


class Environment(BaseSettings):
    """The knobs of one installation. `.env.example` says who turns which, and when."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, extra="forbid", env_ignore_empty=True)

    # The installation
    secret_key: SecretStr = SecretStr("")  # else the one that scripts/run keeps in DATA_DIR
    vault_keys: SecretStr = SecretStr("")  # the same
    debug: bool = False
    allowed_hosts: Annotated[list[str], NoDecode] = ["127.0.0.1", "localhost"]
    public_url: HttpOrigin = "http://127.0.0.1:8000"
    front_url: HttpOrigin | None = None
    trusted_proxies: int = Field(default=0, ge=0, le=10, description="proxies in front that add X-Forwarded-For")
    data_dir: Path = CHECKOUT / "var" / "real"
    build: str = Field(default="", max_length=64, pattern=r"^[0-9A-Za-z._+-]*$")

    # Database
    db_engine: Literal["sqlite", "mariadb"] = "sqlite"
    db_host: str = ""
    db_port: int = Field(default=3306, ge=1, le=65535)
    db_name: str = "kaspi"
    db_user: str = "kaspi"
    db_password: SecretStr = SecretStr("")

    # Redis or Valkey
    redis_url: SecretStr | None = None
    redis_host: str = "127.0.0.1"
    redis_port: int = Field(default=6379, ge=1, le=65535)
    redis_password: SecretStr = SecretStr("")

    # Letters
    email_host: str = ""
    email_port: int = Field(default=587, ge=1, le=65535)
    email_user: str = ""
    email_password: SecretStr = SecretStr("")
    email_security: Literal["starttls", "tls", "none"] = "starttls"
    email_from: str = Field(default="kaspi-backend@localhost", pattern=r"^[^@\s]+@[^@\s]+$|^[^<>]+<[^@\s]+@[^@\s]+>$")

    # The marketplace
    kaspi_url: HttpOrigin = "https://kaspi.kz"
    looks_per_second: float = Field(default=1.0, gt=0, le=1000, description="through each address of EGRESS")
    egress: Annotated[list[SecretStr], NoDecode] = [SecretStr("")]
    look_interval: float = Field(default=21_600.0, ge=1, le=86_400, description="most seconds between two looks")
    shortest_look_interval: float = Field(default=180.0, ge=1, le=86_400, description="least seconds between two looks")
    listing_share: float = Field(default=0.2, ge=0, le=0.5, description="of the requests, spent on listings; 0: none")
    listing_interval: float = Field(default=300.0, ge=1, le=86_400, description="seconds between two readings of one")
    merchant_calls_per_address: float = Field(default=6.0, gt=0, le=1000, description="with all API tokens together")
    merchant_calls_per_second: float = Field(default=4.0, gt=0, le=1000, description="with the API token of each store")
    batch_size: int = Field(default=20, ge=1, le=1000, description="markets that one task looks at")
    keep_changes_days: int = Field(
        default=30, ge=2, le=3650, description="days that each observed change is kept, then one row a day"
    )
    changes_per_half_hour: int = Field(default=250, ge=1, le=1_000_000, description="price changes taken of a merchant")
    publish_interval: float = Field(
        default=5.0, ge=0, le=3600, description="seconds between two price lists of a store"
    )
    falls_without_sale: int = Field(default=40, ge=5, description="of one price in a day, by rules; then it pauses")
    proposal_lifetime: float = Field(default=7200.0, ge=60, le=86_400, description="seconds a proposal may wait")

    # Files of sellers
    upload_limit_mb: int = Field(default=100, ge=1, le=1000, description="megabytes of one file")
    uploads_of_store_mb: int = Field(
        default=1000, ge=1, le=100_000, description="megabytes of one store's files together"
    )
    keep_uploads_days: int = Field(default=30, ge=1, le=3650, description="days that a file and its preview are kept")

    # Plans and payments
    billing: bool = False
    payee_name: str = ""
    payee_bin: str = Field(default="", pattern=r"^(\d{12})?$")
    payee_iban: str = Field(default="", pattern=r"^(KZ[0-9A-Z]{18})?$")
    payee_bank: str = ""
    payee_bic: str = Field(default="", pattern=r"^([0-9A-Z]{8}([0-9A-Z]{3})?)?$")
    payee_kbe: str = Field(default="", pattern=r"^(\d{2})?$")
    payee_knp: str = Field(default="", pattern=r"^(\d{3})?$")
    payee_kaspi: str = ""
    tiptoppay_public_id: str = ""
    tiptoppay_secret: SecretStr = SecretStr("")
    tiptoppay_url: HttpOrigin = "https://api.tiptoppay.kz"
    payment_sandbox: bool = False

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        return [host.strip() for host in value.split(",") if host.strip()] if isinstance(value, str) else value

    @field_validator("egress", mode="before")
    @classmethod
    def _split_addresses(cls, value: object) -> object:
        """Each is a proxy's URL, an address of this machine, or `direct`: the address it has anyway."""
        if not isinstance(value, str):
            return value
        addresses = [address.strip() for address in value.split(",")]
        if len(set(addresses)) != len(addresses) or not all(map(_is_way_out, addresses)):
            raise ValueError("write each once: http://user:password@proxy:port, an address of this machine, or direct")
        return ["" if address == "direct" else address for address in addresses]

    @model_validator(mode="after")
    def _find_key(self) -> Self:
        """The key of the environment, or the one that the one-command form keeps beside its database."""
        if not self.secret_key.get_secret_value():
            self.secret_key = self._kept("secret_key")
        if len(self.secret_key.get_secret_value()) < 32:
            raise ValueError("SECRET_KEY is missing or shorter than 32 characters; .env.example says how to make one")
        return self

    @model_validator(mode="after")
    def _find_vault_keys(self) -> Self:
        if not self.vault_keys.get_secret_value():
            self.vault_keys = self._kept("vault_keys")
        try:
            _ = self.keyring
        except ValueError as error:
            raise ValueError(f"VAULT_KEYS: {error}") from None
        return self

    @model_validator(mode="after")
    def _refuse_open_doors(self) -> Self:
        if "*" in self.allowed_hosts:
            raise ValueError("ALLOWED_HOSTS: name the hosts; * would let any site speak for this one")
        if self.debug and urlsplit(self.public_url).hostname not in ("127.0.0.1", "localhost"):
            raise ValueError("DEBUG shows settings to visitors: it is for 127.0.0.1 only, not for PUBLIC_URL")
        if self.payment_sandbox and urlsplit(self.public_url).hostname not in ("127.0.0.1", "localhost"):
            raise ValueError("PAYMENT_SANDBOX gives plans away: it is for 127.0.0.1 only, not for PUBLIC_URL")
        if self.db_engine == "mariadb" and not self.db_host:
            raise ValueError("DB_HOST is missing: say where MariaDB listens, or leave DB_ENGINE out for SQLite")
        if self.db_engine == "sqlite" and self.db_host:
            raise ValueError("DB_HOST is set but DB_ENGINE is sqlite: write DB_ENGINE=mariadb")
        return self

    @model_validator(mode="after")
    def _order_intervals(self) -> Self:
        if self.shortest_look_interval > self.look_interval:
            raise ValueError("SHORTEST_LOOK_INTERVAL is longer than LOOK_INTERVAL, the longest")
        return self

    @property
    def keyring(self) -> Keyring:
        """The keys that secrets in the database are sealed with."""
        return Keyring.parse(self.vault_keys.get_secret_value())

    def _kept(self, name: str) -> SecretStr:
        """A secret that the one-command form keeps beside its database; empty where it keeps none."""
        path = self.data_dir / name
        return SecretStr(path.read_text().strip() if path.exists() else "")

    @property
    def redis(self) -> str:
        """The address of the one Redis: broker, channels, cache and pace."""
        if self.redis_url is not None:
            return self.redis_url.get_secret_value()
        password = quote(self.redis_password.get_secret_value(), safe="")
        return f"redis://:{password}@{self.redis_host}:{self.redis_port}/0"

    @property
    def redis_database(self) -> str:
        """The number of the database in that address; Redis takes the first, 0, when none is named."""
        return urlsplit(self.redis).path.strip("/") or "0"


def _is_way_out(address: str) -> bool:
    if address == "direct":
        return True
    if "://" not in address:
        return _is_ip(address)
    parts = urlsplit(address)
    return parts.scheme == "http" and bool(parts.hostname)


def _is_ip(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return True


def read_environment() -> Environment:
    """Read and check the environment. Raises SystemExit with one readable line per fault."""
    try:
        return Environment.model_validate({})
    except ValidationError as error:
        raise SystemExit("\n".join(["The environment is not usable:", *map(_fault, error.errors())])) from None


def _fault(error: object) -> str:
    """One line for people: the variable as it is written, and what is wrong. Never the value: it may be a secret."""
    assert isinstance(error, dict)  # noqa: S101 -- narrows pydantic's ErrorDetails
    name = ".".join(str(part) for part in error["loc"]).upper()
    if error["type"] == "extra_forbidden":
        return f"  {name}: nobody reads this variable; see .env.example for the names"
    reason = error["msg"].removeprefix("Value error, ")
    return f"  {name}: {reason}" if name else f"  {reason}"
