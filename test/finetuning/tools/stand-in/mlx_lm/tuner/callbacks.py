class TrainingCallback:
    pass
