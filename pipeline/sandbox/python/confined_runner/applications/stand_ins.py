"""
Harmless values for settings that an application demands, by the type that it declares and by the name. Nothing of them
leads anywhere.
"""

import enum
import json
import re
import types
import typing

_DATABASES = (
    "sqlite:///./stand-in.db",
    "sqlite+aiosqlite:///./stand-in.db",
    "postgresql://user:password@localhost:5432/stand_in",
    "postgresql+asyncpg://user:password@localhost:5432/stand_in",
    "mysql://user:password@localhost:3306/stand_in",
)
_POSTGRES = (
    "postgresql://user:password@localhost:5432/stand_in",
    "postgresql+asyncpg://user:password@localhost:5432/stand_in",
)
_SECRET = "not-a-secret-but-a-stand-in-of-forty-eight-signs"
_ANY = ("stand-in", "1", "true", "http://localhost:8000", "[]", "{}", "/tmp")

# The first that is found in a name in capital letters.
_BY_NAME = [
    (r"(DATABASE|DB|SQL|POSTGRES|PG|ALCHEMY).*(URL|URI|DSN)", _DATABASES),
    (r"REDIS.*(URL|URI|DSN)|CACHE_?(URL|URI)", ("redis://localhost:6379/0",)),
    (r"(AMQP|RABBIT|BROKER|CELERY).*(URL|URI|DSN)", ("amqp://user:password@localhost:5672//",)),
    (r"MONGO.*(URL|URI|DSN)", ("mongodb://localhost:27017/stand_in",)),
    (r"(URL|URI|ENDPOINT|ORIGIN|WEBHOOK|DSN)S?$", ("http://localhost:8000", '["http://localhost:8000"]')),
    (r"^(IS|USE|ENABLE|HAS)_|(DEBUG|ENABLED?|DISABLED?|TESTING|TLS|SSL|VERIFY)$", ("false", "0", "False")),
    (r"PORT$", ("8000",)),
    (r"ALGORITHM$", ("HS256",)),
    (r"FERNET", ("c3RhbmQtaW4tc3RhbmQtaW4tc3RhbmQtaW4tc3RhbmQ=",)),
    (
        r"(MINUTES?|SECONDS?|HOURS?|DAYS?|TIMEOUT|TTL|COUNT|LIMIT|SIZE|MAX|MIN|WORKERS|THREADS|RETRIES|NUM|NUMBER|AGE|"
        r"EXPIRES?(_IN)?|EXPIRY|EXPIRATION|INTERVAL|LENGTH|PAGE)$",
        ("10",),
    ),
    (r"(KEY|SECRET|TOKEN|PASSWORD|PASSWD|PASS|SALT|PEPPER|CREDENTIALS?)(_BASE64)?$", (_SECRET,)),
    (r"E?MAIL(_FROM|_ADDRESS|_USER)?$|MAIL_FROM$", ("user@example.org",)),
    (r"HOSTS?(NAME)?$|SERVER$", ("localhost",)),
    (r"(DIR|DIRECTORY|FOLDER|PATH|ROOT)$", ("/tmp",)),
    (r"LOG_?LEVEL$", ("INFO",)),
    (r"(ENV|ENVIRONMENT|STAGE|MODE)$", ("test", "testing", "development", "dev", "local", "production")),
    (r"(TZ|TIME_?ZONE)$", ("UTC",)),
    (r"(LANG|LANGUAGE|LOCALE)$", ("en",)),
    (r"PREFIX$", ("/stand-in",)),
    (r"ID$", ("stand-in", "1")),
]


def by_name(name):
    """Values to be tried, the likeliest first."""
    word = name.upper()
    found = next((values for pattern, values in _BY_NAME if re.search(pattern, word)), ())
    return list(dict.fromkeys((*found, *_ANY)))


def by_type(name, annotation):
    """Values for a setting of a declared type, likeliest first; those of its name where the type says nothing."""
    kind = plain(annotation)
    shown = getattr(kind, "__name__", "") + str(annotation)
    for word, values in _BY_TYPE.items():
        if word in shown:
            return list(values)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return [str(member.value) for member in kind]
    if typing.get_origin(kind) is typing.Literal:
        return [str(value) for value in typing.get_args(kind)]
    if kind in _SIMPLE:
        own = [value for value in by_name(name) if _fits(value, kind)]
        return own or list(_SIMPLE[kind])
    origin = typing.get_origin(kind) or kind
    if origin in (list, set, frozenset, tuple):
        return ["[]", '["http://localhost:8000"]', "localhost"]
    if origin is dict:
        return ["{}"]
    fields = getattr(kind, "model_fields", None) or getattr(kind, "__fields__", None)
    if fields:
        return [
            json.dumps(
                {key: by_type(key, _annotation(field))[0] for key, field in fields.items() if _is_required(field)}
            )
        ]
    return by_name(name)


_BY_TYPE = {
    "PostgresDsn": _POSTGRES,
    "RedisDsn": ("redis://localhost:6379/0",),
    "AmqpDsn": ("amqp://user:password@localhost:5672//",),
    "MongoDsn": ("mongodb://localhost:27017/stand_in",),
    "MySQLDsn": ("mysql://user:password@localhost:3306/stand_in",),
    "HttpUrl": ("http://localhost:8000",),
    "AnyUrl": ("http://localhost:8000", *_DATABASES),
    "EmailStr": ("user@example.org",),
    "NameEmail": ("user@example.org",),
    "IPv": ("127.0.0.1",),
    "UUID": ("00000000-0000-4000-8000-000000000000",),
    "timedelta": ("60",),
    "datetime": ("2024-01-01T00:00:00",),
    "Path": ("/tmp",),
    "Secret": (_SECRET,),
}
_SIMPLE = {bool: ("false",), int: ("10",), float: ("1.0",)}


def _fits(value, kind):
    if kind is bool:
        return value in ("true", "false", "0", "1")
    try:
        kind(value)
    except ValueError:
        return False
    return True


def plain(annotation):
    """Without Optional, Union and Annotated around it."""
    while True:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        elif origin is typing.Union or isinstance(annotation, types.UnionType):
            annotation = next((each for each in typing.get_args(annotation) if each is not type(None)), str)
        else:
            return annotation


def _annotation(field):
    return getattr(field, "annotation", None) or getattr(field, "outer_type_", str)


def _is_required(field):
    required = getattr(field, "is_required", None)
    return required() if callable(required) else bool(getattr(field, "required", False))
