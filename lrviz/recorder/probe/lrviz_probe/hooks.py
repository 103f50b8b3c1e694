"""How the probe observes a program: torch's own hooks of optimizers, and wrapped methods of schedulers."""

import functools
import sys


class Hooks:
    """All hooks into torch. `remove` removes them."""

    def __init__(self, watch):
        self._watch = watch
        self._undo = []

    def remove(self):
        """Leave torch as it was."""
        while self._undo:
            self._undo.pop()()

    def optim(self, module):
        """Hook into torch.optim."""
        watch = self._watch

        # What runs at each update and tick is guarded here, not by `safely`: one call less.
        def before(optimizer, args, kwargs):
            if watch.over:
                return
            try:
                ends = watch.optimizers.before_update(optimizer)
            except Exception as error:
                watch.failed(error)
                return
            if ends:
                raise KeyboardInterrupt("lrviz record --updates: the requested number of updates is made")

        def after(optimizer, args, kwargs):
            if watch.over:
                return
            try:
                watch.optimizers.updated()
            except Exception as error:
                watch.failed(error)

        # torch.compile does not compile such functions.
        before._torchdynamo_disable = after._torchdynamo_disable = True
        # torch.optim deletes the names of its submodules.
        base = sys.modules[module.Optimizer.__module__]
        self._undo.append(base.register_optimizer_step_pre_hook(before).remove)
        self._undo.append(base.register_optimizer_step_post_hook(after).remove)
        self._wrap(module.Optimizer, "load_state_dict", self._loading)
        schedulers = sys.modules["torch.optim.lr_scheduler"]
        self._with_subclasses(schedulers.LRScheduler, self._scheduler)
        # A subclass of LRScheduler since torch 2.2.
        if not issubclass(schedulers.ReduceLROnPlateau, schedulers.LRScheduler):
            self._with_subclasses(schedulers.ReduceLROnPlateau, self._scheduler)

    def scaler(self, module):
        """Hook into GradScaler, which skips updates whose gradients are not finite."""
        watch = self._watch

        def wrapped(original):
            def _maybe_opt_step(self, optimizer, *args, **kwargs):
                made = watch.safely(watch.optimizers.made, optimizer)
                result = original(self, optimizer, *args, **kwargs)
                watch.safely(watch.optimizers.scaled, optimizer, made)
                return result

            return _maybe_opt_step

        if "_maybe_opt_step" in vars(module.GradScaler):
            self._wrap(module.GradScaler, "_maybe_opt_step", wrapped)

    def timm(self, module):
        """Hook into timm's schedulers, which do not inherit from torch's.

        A loop passes them epochs by `step` and updates by `step_update`; they ignore one of the two, which is not a
        tick.
        """

        def in_epochs(scheduler):
            return getattr(scheduler, "t_in_epochs", True)

        def hook(cls):
            self._scheduler(
                cls,
                step=lambda original: self._ticking(original, in_epochs),
                step_update=lambda original: self._ticking(original, lambda scheduler: not in_epochs(scheduler)),
            )

        self._with_subclasses(module.Scheduler, hook)

    def transformers(self, module):
        """Hook into the scheduler of transformers that does not inherit from torch's."""
        greedy = getattr(module, "GreedyLR", None)
        if greedy is not None:
            self._with_subclasses(greedy, self._scheduler)

    def _with_subclasses(self, base, hook):
        """Hook into a class and all its subclasses, also those defined later."""
        for each in dict.fromkeys(_family(base)):
            hook(each)

        def __init_subclass__(cls, **kwargs):
            super(base, cls).__init_subclass__(**kwargs)
            hook(cls)

        if "__init_subclass__" not in vars(base):
            base.__init_subclass__ = classmethod(__init_subclass__)
            self._undo.append(functools.partial(delattr, base, "__init_subclass__"))

    def _scheduler(self, cls, **ticking):
        methods = {"__init__": self._building, "load_state_dict": self._loading, **(ticking or {"step": self._ticking})}
        for name, wrapped in methods.items():
            if callable(vars(cls).get(name)):
                self._wrap(cls, name, wrapped)

    def _wrap(self, cls, name, wrapped):
        original = vars(cls)[name]
        ours = functools.wraps(original)(_unseen(wrapped(original)))
        setattr(cls, name, ours)

        def undo():
            # Unless somebody has wrapped it again; then our wrapper stays and does nothing.
            if vars(cls).get(name) is ours:
                setattr(cls, name, original)

        self._undo.append(undo)

    def _ticking(self, original, ticks=None):
        watch = self._watch

        def step(self, *args, **kwargs):
            here = watch.here
            if here.inside or watch.over or (ticks is not None and not ticks(self)):
                return original(self, *args, **kwargs)
            known = None
            try:
                known = watch.schedulers.before_tick(self)
            except Exception as error:
                watch.failed(error)
            here.inside = True
            try:
                result = original(self, *args, **kwargs)
            finally:
                here.inside = False
            if known is not None and not watch.over:
                given = [(None, each) for each in args] + list(kwargs.items()) if args or kwargs else ()
                try:
                    watch.schedulers.ticked(self, known, sys._getframe(1), given)
                except Exception as error:
                    watch.failed(error)
            return result

        return step

    def _building(self, original):
        watch = self._watch

        def __init__(self, *args, **kwargs):
            here = watch.here
            if here.inside or watch.over:
                return original(self, *args, **kwargs)
            watch.safely(watch.schedulers.before_building, args, kwargs)
            here.inside = True
            try:
                original(self, *args, **kwargs)
            finally:
                here.inside = False
            watch.safely(watch.schedulers.built, self, (args, kwargs), sys._getframe(1))

        return __init__

    def _loading(self, original):
        watch = self._watch

        def load_state_dict(self, *args, **kwargs):
            here = watch.here
            if here.inside or watch.over:
                return original(self, *args, **kwargs)
            caller = sys._getframe(1)
            wraps = _wraps(caller)
            if not wraps and hasattr(self, "param_groups"):
                # Loading a state replaces the list of groups, by which an optimizer that shares it is known.
                watch.safely(watch.optimizers.known, self)
            here.inside = True
            try:
                result = original(self, *args, **kwargs)
            finally:
                here.inside = False
            if not wraps:
                watch.safely(watch.schedulers.loaded, self, caller)
            return result

        return load_state_dict


def _wraps(frame):
    """Return whether a frame is the constructor of an optimizer around another.

    accelerate's wrapper loads the inner optimizer's own state again: nothing of an earlier run is loaded.
    """
    code = frame.f_code
    if code.co_name != "__init__" or not code.co_argcount:
        return False
    one = frame.f_locals.get(code.co_varnames[0])
    return issubclass(type(one), sys.modules["torch.optim"].Optimizer)


def _family(cls):
    """Return a class and all its subclasses."""
    return [cls] + [each for child in cls.__subclasses__() for each in _family(child)]


def _unseen(function):
    """Return a function that warnings skip: they name the same line as without it.

    `warnings` skips frames that look like the import system.
    """
    code = function.__code__
    function.__code__ = code.replace(co_filename="<lrviz probe, passed over like importlib._bootstrap>")
    return function
