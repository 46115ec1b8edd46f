"""Which settings an application demands, told from how its import fails."""

import os
import re
import sys

from . import stand_ins

_NAME = r"[A-Z][A-Z0-9_]{2,}"
_MISSING = [
    re.compile(
        r"(?i:environment variables?|env vars?|settings?|configuration|config|variables?)"
        rf"\W+(?:named\W+|called\W+|for\W+)?({_NAME})\b"
    ),
    re.compile(
        rf"\b({_NAME})\b\W*(?i:environment variable|env var|setting|variable)?"
        r"\W*(?i:(?:is|was|has|must|should|needs?|cannot|not|are)\b)"
    ),
    re.compile(rf"(?i:missing|undefined|unset|requires?|set|provide|define|expected)\W+(?:the\W+|a\W+)?({_NAME})\b"),
]
_NOT_NAMES = {"NOT", "NONE", "THE", "ENV", "AND", "URL", "API", "JSON", "HTTP", "SQL", "DJANGO_SETTINGS_MODULE"}
_DRIVERS = {"psycopg2", "psycopg", "asyncpg", "MySQLdb", "pymysql", "aiosqlite", "pysqlite2", "aiomysql", "asyncmy"}


class Lookups:
    """Watches which variables the project's own code asks for in vain."""

    def __init__(self, is_own):
        self.absent = []
        self._is_own = is_own

    def watch(self):
        os.environ._data = _Watched(os.environ._data, self)

    def note(self, key):
        name = key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)
        frame, has_default = sys._getframe(2), False
        while frame is not None and not self._is_own(frame.f_code.co_filename):
            has_default = (
                has_default or frame.f_code.co_name in ("get", "getenv") and frame.f_locals.get("default") is not None
            )
            frame = frame.f_back
        if frame is not None and not has_default and name not in self.absent:
            self.absent.append(name)


class _Watched(dict):
    def __init__(self, data, lookups):
        super().__init__(data)
        self._lookups = lookups

    def __missing__(self, key):
        self._lookups.note(key)
        raise KeyError(key)


def of(error, given, absent):
    """
    [{ name, values }] of the variables that are missing, with values to be tried; { name, values, isRefused: true } of
    a stand-in among `given` that the application does not take. `absent`: names that it has asked for in vain.
    """
    chain = _chain(error)
    for each in chain:
        found = _of_pydantic(each, given) or _of_refusal(each, given) or _of_key(each) or _of_message(each)
        if found:
            return found
    if any("None" in str(each) for each in chain):
        return [_missing(name) for name in reversed(absent) if name not in given][:1]
    return []


def _chain(error):
    chain = []
    while error is not None and error not in chain and len(chain) < 10:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def _missing(name, values=None):
    return {"name": name, "values": values or stand_ins.by_name(name), "isRefused": False}


def _refused(name, values=None):
    return {"name": name, "values": values or stand_ins.by_name(name), "isRefused": True}


def _of_key(error):
    """os.environ["NAME"], or a copy of it."""
    if (
        isinstance(error, KeyError)
        and error.args
        and isinstance(error.args[0], str)
        and re.fullmatch(r"[A-Z][A-Z0-9_]+", error.args[0])
    ):
        return [_missing(error.args[0])]
    return []


def _of_message(error):
    """
    What says so in words: python-decouple, django-environ, environs, starlette.config, and what projects raise
    themselves.
    """
    if isinstance(error, (ImportError, NameError, SyntaxError)):
        return []
    text = str(error)
    for pattern in _MISSING:
        for name in pattern.findall(text):
            if name not in _NOT_NAMES:
                return [_missing(name)]
    return []


def _of_refusal(error, given):
    """A stand-in of another kind than is wanted: `int("stand-in")`, a database whose driver is not there."""
    text = str(error)
    databases = [name for name, value in given.items() if "://" in value and re.search(r"sqlite|postgres|mysql", value)]
    if (
        isinstance(error, ImportError)
        and getattr(error, "name", None) in _DRIVERS
        or "async driver" in text
        or "Invalid argument(s)" in text
    ):
        return [_refused(name) for name in databases]
    # The last that was given is the likeliest: what came before it has been taken.
    return [_refused(name) for name, value in reversed(given.items()) if repr(value) in text or f'"{value}"' in text]


def _of_pydantic(error, given):
    """All that a BaseSettings misses, by its fields' types."""
    if type(error).__name__ != "ValidationError" or not callable(getattr(error, "errors", None)):
        return []
    settings = getattr(error, "model", None) or _settings_in(error.__traceback__)
    if settings is None or not any(kind.__name__ == "BaseSettings" for kind in settings.__mro__):
        return []
    found = []
    for each in error.errors():
        where = [str(part) for part in each.get("loc", ())]
        described = _described(settings, where)
        if described is None:
            continue
        name, annotation = described
        values = stand_ins.by_type(name, annotation)
        if each.get("type") in ("missing", "value_error.missing"):
            found.append(_missing(name, values))
        elif name in given:
            found.append(_refused(name, values))
    return found


def _settings_in(traceback):
    """The class whose instance was being made."""
    found = None
    while traceback is not None:
        for name in ("__pydantic_self__", "self", "cls"):
            value = traceback.tb_frame.f_locals.get(name)
            kind = value if isinstance(value, type) else type(value)
            if any(each.__name__ == "BaseSettings" for each in kind.__mro__):
                found = kind
        traceback = traceback.tb_next
    return found


def _described(settings, where):
    """(name of the variable, type) of a field; None where it is none."""
    if not where:
        return None
    if hasattr(settings, "model_fields"):
        return _described_by_2(settings, where)
    for key, field in settings.__fields__.items():
        if where[0] in (key, field.alias):
            names = sorted(field.field_info.extra.get("env_names") or {field.alias})
            return (names[0].upper() if names[0].islower() else names[0]), field.outer_type_
    return None


def _described_by_2(settings, where):
    config = settings.model_config
    for key, field in settings.model_fields.items():
        aliases = _aliases(field)
        if where[0].lower() not in {key.lower(), *(alias.lower() for alias in aliases)}:
            continue
        name = aliases[0] if aliases else f"{config.get('env_prefix') or ''}{key}"
        annotation, delimiter = field.annotation, config.get("env_nested_delimiter")
        for part in where[1:]:
            inner = getattr(stand_ins.plain(annotation), "model_fields", {}).get(part)
            if inner is None or not delimiter:
                break
            name, annotation = f"{name}{delimiter}{part}", inner.annotation
        return (name if config.get("case_sensitive") else name.upper()), annotation
    return None


def _aliases(field):
    alias = field.validation_alias or field.alias
    if alias is None:
        return []
    return (
        [alias] if isinstance(alias, str) else [each for each in getattr(alias, "choices", []) if isinstance(each, str)]
    )
