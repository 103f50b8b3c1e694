"""timm as a package without contents, whose modules can be imported one by one: the whole of it needs torchvision."""

import importlib.util
import sys

for _name in ("timm", "timm.optim"):
    _spec = importlib.util.find_spec(_name)
    assert _spec is not None
    sys.modules[_name] = importlib.util.module_from_spec(_spec)
