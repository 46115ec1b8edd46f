"""
The routes that an application lists: { method, path, handler } with the handler's place, and those of others, counted.
"""

import re

_VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")


class Listing:
    def __init__(self, places):
        self._places = places
        # What the whole application is, which a client sends requests to: parts of it may be another framework's.
        self.framework = None
        self.routes = []
        # Routes whose handlers are a library's, and what is no answer to a request: WebSockets.
        self.foreign = 0
        self.unclear = []

    def of(self, application):
        """Whether it is an application of a known framework; one that is wrapped in others is looked for in them."""
        for inner in _layers(application):
            if _is_a(inner, "starlette.applications.Starlette", "starlette.routing.Router"):
                self.framework = "fastapi" if _is_a(inner, "fastapi.applications.FastAPI") else "starlette"
                self._asgi(inner.routes, "")
                return True
            if _is_a(inner, "flask.app.Flask"):
                self.framework = "flask"
                self._flask(inner, "")
                return True
        return False

    def django(self):
        from django.urls import get_resolver

        self.framework = "django"
        self._patterns(get_resolver().url_patterns, "/")

    def _add(self, method, path, handler, owner=None):
        place = self._places.of(handler, owner)
        if place is None:
            self.foreign += 1
        else:
            self.routes.append({"method": method, "path": path, **place})

    def _asgi(self, routes, base):
        for route in routes or ():
            path = base + (getattr(route, "path", "") or "")
            if hasattr(route, "effective_route_contexts"):
                self._included(route, base)
            elif hasattr(route, "endpoint") and (hasattr(route, "methods") or _is_a(route, "starlette.routing.Route")):
                self._asgi_route(route, path)
            elif _is_a(route, "starlette.routing.Mount", "starlette.routing.Host"):
                self._mounted(route, path if _is_a(route, "starlette.routing.Mount") else base)
            elif hasattr(route, "endpoint"):
                self.unclear.append({"path": path, "reason": "a WebSocket: no test sends it a request"})
            elif getattr(route, "routes", None):
                self._asgi(route.routes, path)

    def _included(self, router, base):
        """A router that FastAPI keeps apart: where a route of it is served is told of each inclusion."""
        for context in router.effective_route_contexts():
            if context.starlette_route is not None:
                self._asgi([context.starlette_route], base)
            elif context.endpoint is not None:
                for verb in _ordered(context.methods or {"GET"}):
                    self._add(verb, base + context.path, context.endpoint)

    def _mounted(self, route, path):
        application = next((inner for inner in _layers(route.app) if _is_a(inner, "flask.app.Flask")), None)
        if application is not None:
            self._flask(application, path)
        else:
            self._asgi(getattr(route, "routes", None), path)

    def _asgi_route(self, route, path):
        endpoint, methods = route.endpoint, set(route.methods or ())
        if isinstance(endpoint, type):
            for verb in _VERBS:
                if hasattr(endpoint, verb.lower()) and (not methods or verb in methods):
                    self._add(verb, path, getattr(endpoint, verb.lower()), endpoint)
            return
        if "GET" in methods and not _is_a(route, "fastapi.routing.APIRoute"):
            methods.discard("HEAD")  # Starlette answers it wherever it answers GET
        for verb in _ordered(methods or {"GET"}):
            self._add(verb, path, endpoint)

    def _flask(self, application, base):
        for rule in application.url_map.iter_rules():
            view = application.view_functions.get(rule.endpoint)
            if view is None or rule.methods is None:
                continue
            methods = set(rule.methods) - ({"HEAD"} if "GET" in rule.methods else set())
            if (
                rule.provide_automatic_options
                or getattr(view, "provide_automatic_options", None) is not False
                and "OPTIONS" not in (getattr(view, "methods", None) or ())
            ):
                methods.discard("OPTIONS")
            owner = getattr(view, "view_class", None)
            for verb in _ordered(methods):
                handler = (
                    view
                    if owner is None
                    else getattr(owner, verb.lower(), None) or getattr(owner, "dispatch_request", view)
                )
                self._add(verb, base + rule.rule, handler, owner)

    def _patterns(self, patterns, base):
        for pattern in patterns:
            written = str(pattern.pattern)
            is_plain = type(pattern.pattern).__name__ in ("RoutePattern", "LocalePrefixPattern")
            path = written if is_plain else _path_of(written)
            inner = getattr(pattern, "url_patterns", None)
            if path is None:
                self._note_unclear(pattern, base + written, inner)
            elif inner is not None:
                self._patterns(inner, base + path)
            else:
                self._view(pattern.callback, base + path)

    def _note_unclear(self, pattern, path, inner):
        views = [pattern.callback] if inner is None else [each.callback for each in _flat(inner)]
        own = [view for view in views if self._places.of(view, _owner(view)) is not None]
        self.foreign += len(views) - len(own)
        self.unclear += [{"path": path, "reason": "a regular expression that stands for no one path"} for _ in own]

    def _view(self, view, path):
        owner = _owner(view)
        if owner is None:
            # A function answers every method that nothing in it forbids: what it says of them is for the text to tell.
            self._add("", path, view)
            return
        actions = getattr(view, "actions", None) or {verb: verb for verb in getattr(owner, "http_method_names", ())}
        for verb in _VERBS:
            handler = getattr(owner, actions.get(verb.lower(), ""), None)
            if handler is not None and verb not in ("OPTIONS", "TRACE") and not (verb == "HEAD" and "get" in actions):
                self._add(verb, path, handler, owner)


def is_application(value):
    return not isinstance(value, type) and any(
        _is_a(inner, "starlette.applications.Starlette", "flask.app.Flask") for inner in _layers(value)
    )


def _layers(value):
    """The value, and what it wraps: middleware holds its application."""
    seen = []
    while value is not None and not any(value is each for each in seen) and len(seen) < 20:
        seen.append(value)
        held = getattr(value, "__dict__", {})
        value = next(
            (held[name] for name in ("app", "wsgi_app", "application", "other_asgi_app") if held.get(name) is not None),
            None,
        )
    return seen


def _is_a(value, *names):
    return any(f"{kind.__module__}.{kind.__qualname__}" in names for kind in type(value).__mro__)


def _owner(view):
    return getattr(view, "view_class", None) or getattr(view, "cls", None)


def _flat(patterns):
    for pattern in patterns:
        inner = getattr(pattern, "url_patterns", None)
        yield from [pattern] if inner is None else _flat(inner)


def _ordered(methods):
    return sorted(methods, key=lambda verb: (_VERBS.index(verb) if verb in _VERBS else len(_VERBS), verb))


def _path_of(expression):
    """`^articles/(?P<year>[0-9]{4})/$` as `articles/<year>/`; None where more than names varies."""
    path = re.sub(r"^(?:\^|\\A)", "", expression)
    path = re.sub(r"(?:\$|\\Z)$", "", path)
    path, number = _groups_as_names(path)
    if path is None:
        return None
    path = re.sub(r"/\?$", "/", path)
    path = re.sub(r"\\([./\-_])", r"\1", path)
    return None if re.search(r"[()\[\]*+?|^$\\]", path) else path


def _groups_as_names(path):
    """Every group, which may hold others, as <name>."""
    out, place, number = [], 0, 0
    while place < len(path):
        if path[place] == "\\":
            out.append(path[place : place + 2])
            place += 2
            continue
        if path[place] != "(":
            out.append(path[place])
            place += 1
            continue
        end = _end_of_group(path, place)
        named = re.match(r"\(\?P<(\w+)>", path[place:])
        if end is None or (named is None and path.startswith("(?", place)):
            return None, number
        number += 1
        out.append(f"<{named.group(1) if named else f'value{number}'}>")
        place = end
    return "".join(out), number


def _end_of_group(path, start):
    depth, place, in_class = 0, start, False
    while place < len(path):
        letter = path[place]
        if letter == "\\":
            place += 2
            continue
        if in_class:
            in_class = letter != "]"
        elif letter == "[":
            in_class = True
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if depth == 0:
                return place + 1
        place += 1
    return None
