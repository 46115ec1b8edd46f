"""By which arguments objects of plain classes are made: dataclasses, named tuples, models, dates and numbers."""

import dataclasses

from .quoting import quoted


def fields_of(value):
    """[(name, value)] by which an object of a plain class is made; None for anything else."""
    kind = type(value)
    if dataclasses.is_dataclass(kind):
        return [
            (field.name, getattr(value, field.name))
            for field in dataclasses.fields(kind)
            if field.init and not _is_default(field, value)
        ]
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return list(zip(kind._fields, value))
    if hasattr(kind, "__attrs_attrs__"):
        return [
            (field.alias if getattr(field, "alias", None) else field.name.lstrip("_"), getattr(value, field.name))
            for field in kind.__attrs_attrs__
            if field.init
        ]
    models = getattr(kind, "model_fields", None)
    if isinstance(models, dict) and hasattr(kind, "model_validate"):
        return [(name, getattr(value, name)) for name in models]
    return None


def arguments_of(value, text):
    """Texts of the arguments that make a date, a number or an id; None for anything else. `text` writes a part."""
    kind = type(value)
    simple = _SIMPLE.get(f"{kind.__module__}.{kind.__name__}")
    return None if simple is None else simple(value, text)


def _is_default(field, value):
    """What stands behind the required ones and is as the class says need not be said again."""
    if field.default is not dataclasses.MISSING:
        found = getattr(value, field.name)
        return type(found) is type(field.default) and found == field.default
    return False


def _datetime(value, text):
    return [str(value.year), str(value.month), str(value.day), *_time(value, text)]


def _time(value, text):
    parts = [value.hour, value.minute]
    if value.second or value.microsecond:
        parts.append(value.second)
    if value.microsecond:
        parts.append(value.microsecond)
    return [*map(str, parts), *_zone(value, text)]


def _zone(value, text):
    if value.tzinfo is None:
        return []
    return [f"tzinfo={text(value.tzinfo)}"]


def _timedelta(value, _text):
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    named = {
        "days": value.days,
        "hours": hours,
        "minutes": minutes,
        "seconds": seconds,
        "microseconds": value.microseconds,
    }
    return [f"{name}={part}" for name, part in named.items() if part] or ["0"]


def _timezone(value, text):
    name = value.tzname(None)
    return [text(value.utcoffset(None)), *([] if name.startswith("UTC") else [text(name)])]


_SIMPLE = {
    "decimal.Decimal": lambda value, _: [quoted(str(value))],
    "fractions.Fraction": lambda value, _: [str(value.numerator), str(value.denominator)],
    "uuid.UUID": lambda value, _: [quoted(str(value))],
    "datetime.datetime": _datetime,
    "datetime.date": lambda value, _: [str(value.year), str(value.month), str(value.day)],
    "datetime.time": _time,
    "datetime.timedelta": _timedelta,
    "datetime.timezone": _timezone,
}
