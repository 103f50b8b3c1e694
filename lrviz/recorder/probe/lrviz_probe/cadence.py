"""When schedulers are stepped, counted in the updates made before."""

import inspect

_COUNTS = {"epoch", "epochs", "t", "step", "num_updates", "num_epochs", "current_step", "global_step", "iteration"}
"""Parameters of `step` that take the epoch or the update."""


class Cadence:
    """When a scheduler is stepped. at: updates made or skipped before its last step; times: its steps since.

    gap, repeat: those between two such moments, and the steps at each, None until they are known. even: whether they
    were always the same. after: the schedulers that had been stepped at that moment before it.
    given: name and value of the last argument of `step`, None if it had none; grows: by how much it grows.
    watches: `step` takes the loss; parts: it takes another number that is not whole, such as a fraction of an epoch.
    """

    __slots__ = ("after", "at", "even", "gap", "given", "grows", "made", "parts", "repeat", "times", "watches")

    def __init__(self):
        self.at = self.gap = self.repeat = self.given = self.grows = None
        self.times = self.made = 0
        self.even = True
        self.watches = self.parts = False
        self.after = ()

    def tick(self, moment):
        """Count a step at a moment."""
        self.made += 1
        if moment == self.at:
            self.times += 1
            return
        if self.at is not None:
            # Before the first update there may be fewer, if one follows each micro-batch.
            if self.repeat is None:
                self.repeat = self.times if self.at else None
            elif self.repeat != self.times:
                self.even = False
            if self.gap is None:
                self.gap = moment - self.at
            elif self.gap != moment - self.at:
                self.even = False
        self.at = moment
        self.times = 1

    def called(self, scheduler, arguments):
        """Note what `step` was called with."""
        name, value = arguments[0]
        # timm passes a metric to all its schedulers, but only the one for plateaus uses it.
        metric = len(arguments) > 1 and arguments[1][1] is not None and not hasattr(scheduler, "t_in_epochs")
        if metric or watches_loss(scheduler):
            self.watches = True
        elif type(value) is not int:
            self.parts = True
        elif self.given is not None:
            grows = value - self.given[1]
            self.even = self.even and self.grows in (None, grows)
            self.grows = grows
        self.given = name, value

    def unknown(self, at, moment):
        """Return why its next step is not known, "" where it is; at: its last step before a moment."""
        if self.parts:
            return "is passed how far the run is, not in whole numbers"
        if not self.even:
            return "is not stepped at a steady pace"
        if self.gap is None and not self.at:
            return "was stepped before the first update only: its pace is not known"
        if self.gap is not None and self.repeat is None and at == moment:
            # More steps may follow the second.
            return "was stepped at two updates only: its pace is not known"
        return ""


def watches_loss(scheduler):
    """Return whether a scheduler's `step` takes the loss."""
    if hasattr(scheduler, "num_bad_epochs") or "Plateau" in type(scheduler).__name__:
        return True
    try:
        parameters = list(inspect.signature(scheduler.step).parameters.values())
    except (TypeError, ValueError):
        return True
    taken = [each for each in parameters if each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD]
    return any(each.name not in _COUNTS for each in taken)
