"""The LRU cache of compiled operations, shared by all operations of a schema."""

from collections import OrderedDict, defaultdict
from collections.abc import Hashable
from typing import Any

from ..document_budgets import UNLIMITED, DocumentBudgets
from .compiled_operation import CompiledOperation

MAX_VARIANTS_PER_OPERATION = 16
"""Combinations of @skip and @include values that are compiled for one operation; graphql-core runs the others."""

VariantKey = tuple[Hashable, ...]
"""The values of the variables that @skip and @include depend on."""


class CompiledOperationCache:
    """A bounded LRU cache. An owner is the operation whose variants are cached."""

    def __init__(self, max_compiled: int, leave_dates: bool, budgets: DocumentBudgets = UNLIMITED) -> None:
        """`leave_dates`: compiled operations leave dates and UTC datetimes to the encoder of the response."""
        self.budgets = budgets
        self.max_compiled = max_compiled
        self.leave_dates = leave_dates
        self._compiled: OrderedDict[tuple[Hashable, VariantKey], CompiledOperation | None] = OrderedDict()
        self._keys_by_owner: defaultdict[Hashable, set[VariantKey]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._compiled)

    def get(self, owner: Hashable, key: VariantKey) -> Any:
        """Return the compiled operation, None if the operation can't be compiled, or ... if nothing is cached."""
        try:
            compiled = self._compiled[owner, key]
        except (KeyError, TypeError):
            return ...
        self._compiled.move_to_end((owner, key))
        return compiled

    def put(self, owner: Hashable, key: VariantKey, compiled: CompiledOperation | None) -> None:
        self._compiled[owner, key] = compiled
        self._keys_by_owner[owner].add(key)
        if len(self._compiled) > self.max_compiled:
            (oldest_owner, oldest_key), _ = self._compiled.popitem(last=False)
            self._keys_by_owner[oldest_owner].remove(oldest_key)
            if not self._keys_by_owner[oldest_owner]:
                del self._keys_by_owner[oldest_owner]

    def count(self, owner: Hashable) -> int:
        """Return the number of cached variants of one operation."""
        return len(self._keys_by_owner.get(owner, ()))

    def evict(self, owner: Hashable) -> None:
        """Remove all variants of one operation."""
        for key in self._keys_by_owner.pop(owner, ()):
            del self._compiled[owner, key]
