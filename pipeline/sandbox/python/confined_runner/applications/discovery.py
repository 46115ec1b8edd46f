"""Imports an application, and reports the routes that it lists."""

import importlib
import json
import os
import re

from . import surroundings
from .demands import Lookups, of as demands_of
from .handlers import Places
from .listing import Listing, is_application
from ..shown import exception

_SERVER = re.compile(
    r"(?i)connection refused|could not connect|unreachable|could not translate host|name or service not known|"
    r"name resolution|failed to connect|cannot assign requested"
)


def run(job, report, shown):
    """
    Writes one JSON line to `report`, with the nonce: { application, framework, routes, foreign, unclear }, or { failed,
    demands, module, isServer }: why the application cannot be imported, which settings it demands, the module that is
    missing, and whether a server is. `job` is { framework, application, standIns, source, nonce }. Never returns.
    """
    places = Places(job["source"])
    lookups = Lookups(places.is_own)
    os.environ.update(job["standIns"])
    lookups.watch()
    try:
        result = _listed(job, Listing(places))
    except BaseException as error:  # SystemExit, too: a script that checks its settings ends the process
        result = {
            "failed": exception(error, shown),
            "demands": demands_of(error, job["standIns"], lookups.absent),
            "module": getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None,
            "isServer": bool(_SERVER.search(str(error))),
        }
    data = json.dumps({**result, "nonce": job["nonce"]}).encode() + b"\n"
    while data:
        data = data[os.write(report, data) :]
    os._exit(0)


def _listed(job, listing):
    if job["framework"] == "django":
        surroundings.set_up_django(job["application"])
        listing.django()
        application = os.environ["DJANGO_SETTINGS_MODULE"]
    else:
        application, value = _application(job["application"])
        if not listing.of(value):
            raise TypeError(
                f"{application} is no application of FastAPI, Starlette or Flask, but a {type(value).__name__}"
            )
    return {
        "framework": listing.framework,
        "routes": listing.routes,
        "foreign": listing.foreign,
        "unclear": listing.unclear,
        "application": application,
    }


def _application(name):
    """
    The application of a name, with that name: shop.main:app, shop.main:create_app(), or a module that holds one under
    any name.
    """
    module, _, made = name.partition(":")
    loaded = importlib.import_module(module)
    if made.endswith("()"):
        return name, getattr(loaded, made[:-2])()
    if made:
        return name, getattr(loaded, made)
    found = next((key for key, value in vars(loaded).items() if is_application(value)), None)
    if found is None:
        raise TypeError(f"{module} holds no application of FastAPI, Starlette or Flask")
    return f"{module}:{found}", getattr(loaded, found)
