"""What an application finds where it is imported: variables, the files of its project, Django's setup."""

import os


def set_variables(variables):
    """Those that the user names, whatever else the process has."""
    os.environ.update(variables)


def link_files(source, files):
    """
    Puts the project's files that are no code where the process runs, as in the folder that the application is run from:
    `static/`, `templates/`, `.env`. `files` is { roots: folders that it may be run from, paths: of all files }.
    """
    links = {}
    for root in files["roots"]:
        for path in files["paths"]:
            if path.startswith(root) and not path.endswith((".py", ".pyi")):
                links.setdefault(path[len(root) :], path)
    for name, path in list(links.items())[:_MOST_LINKS]:
        folder = os.path.dirname(name)
        if folder:
            os.makedirs(folder, exist_ok=True)
        os.symlink(os.path.join(source, path), name)


# What is more is data that no test of a route asks for.
_MOST_LINKS = 2000


def enter(target):
    """For what loads the handler of a route before the test file does, which says the same in its first lines."""
    route = (target or {}).get("route")
    if route is None:
        return
    for name, value in (route.get("environment") or {}).items():
        os.environ.setdefault(name, value)
    if route["framework"] == "django" and route.get("application"):
        set_up_django(route["application"])


def set_up_django(settings_module):
    """Django with the project's settings, and SQLite in memory in the place of its databases."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module)
    import django
    from django.conf import settings

    settings.DATABASES = {
        name: {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "TEST": {"MIGRATE": False}}
        for name in settings.DATABASES or ["default"]
    }
    django.setup()
