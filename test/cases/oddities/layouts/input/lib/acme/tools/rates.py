"""acme is a namespace package: other projects put modules into it, too."""

from . import table
from .. import tools


def rate(name):
    return table.RATES[name]


def known():
    return sorted(tools.table.RATES)
