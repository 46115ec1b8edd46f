from mlx.optimizers import schedulers


def build_schedule(config):
    return getattr(schedulers, config["name"])(*config["arguments"])
