"""A record of which the bulk is read from its file when something asks for it.

Nobody who reads one sees a difference: what is not in memory is never taken for absent.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

COMPLETING = (
    *("__iter__", "__len__", "__eq__", "__or__", "__ror__", "__setitem__", "__delitem__", "__reversed__", "__repr__"),
    *("keys", "values", "items", "copy", "pop", "setdefault", "update"),
)


class PartialRecord(dict[str, Any]):
    """A mapping with some entries at hand; `read` returns the whole, of which `others` are not."""

    __slots__ = ("_others", "_read")

    def __init__(
        self, known: Mapping[str, Any], others: Collection[str], read: Callable[[], Mapping[str, Any]]
    ) -> None:
        super().__init__(known)
        self._others, self._read = others, read

    def completed(self) -> dict[str, Any]:
        """Return this mapping with all its entries in memory, in the order of the file."""
        if self._others:
            whole = {**self._read()} | {name: super(PartialRecord, self).__getitem__(name) for name in self._at_hand()}
            self._others = ()
            super().clear()
            super().update(whole)
        return self

    def __missing__(self, name: str) -> Any:
        """Return an entry that is not at hand."""
        if name not in self._others:
            raise KeyError(name)
        return self.completed()[name]

    def __contains__(self, name: object) -> bool:
        """Return whether there is such an entry."""
        return name in self._others or super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return an entry, or the default."""
        try:
            return self[name]
        except KeyError:
            return default

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        """Return a plain mapping to a copy or another process."""
        return dict, (dict(self.completed()),)

    def _at_hand(self) -> list[str]:
        """Return the names of the entries in memory."""
        return list(super().__iter__())


def _completing(name: str) -> Callable[..., Any]:
    """Return a method of mappings that first reads what is not in memory."""
    method = getattr(dict, name)

    def completing(self: PartialRecord, *arguments: Any, **named: Any) -> Any:
        self.completed()
        return method(self, *arguments, **named)

    return completing


for _name in COMPLETING:
    setattr(PartialRecord, _name, _completing(_name))
