"""What is known of objects, as long as they exist.

Nothing is stored in the objects themselves, because it would get into checkpoints.
"""

import weakref


class Registry(dict[object, object]):
    """The id of an object -> a weak reference to it, and what is known of it. An id may be reused."""

    def known(self, one):
        """Return what is known of an object, None for nothing."""
        entry = self.get(id(one))
        return entry and entry[1]

    def keep(self, one, known, key=None):
        """Register an object, under another key than its id if one is given."""
        key = id(one) if key is None else key

        def forget(gone):
            if self.get(key, (None,))[0] is gone:
                del self[key]

        self[key] = (weakref.ref(one, forget), known)
