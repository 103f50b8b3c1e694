"""From a source to a result: schedules simulated, runs resumed, optimizers raced, installations checked."""
