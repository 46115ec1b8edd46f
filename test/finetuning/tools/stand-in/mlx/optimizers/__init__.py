from . import schedulers
