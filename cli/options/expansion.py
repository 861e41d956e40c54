"""Groups of options: declared once as the fields of a frozen dataclass, taken by a command as one parameter.

typer reads the options of a command from its signature. `options` shows it a signature in which each parameter that is
a dataclass is replaced by the fields of that dataclass, and puts the values together again when the command is called.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import wraps
from inspect import Parameter, signature
from typing import Any, get_type_hints

type Command = Callable[..., None]


def options(*, without: Collection[str] = ()) -> Callable[[Command], Command]:
    """Return the decorator that shows the fields of a command's dataclasses as its options.

    Fields named in `without` are no options of this command: they keep their defaults.
    """

    def decorate(command: Command) -> Command:
        shown = signature(command, eval_str=True)
        groups: dict[str, type[Any]] = {
            name: one.annotation
            for name, one in shown.parameters.items()
            if isinstance(one.annotation, type) and is_dataclass(one.annotation)
        }
        names = {name: [one.name for one in _used(group, without)] for name, group in groups.items()}
        parameters = [
            one.replace(kind=Parameter.KEYWORD_ONLY)
            for parameter in shown.parameters.values()
            for one in (_expanded(groups[parameter.name], without) if parameter.name in groups else [parameter])
        ]

        @wraps(command)
        def called(**values: Any) -> None:
            given = {
                name: group(**{field: values.pop(field) for field in names[name]}) for name, group in groups.items()
            }
            command(**given, **values)

        called.__signature__ = shown.replace(parameters=parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {one.name: one.annotation for one in parameters}
        return called

    return decorate


def _used(group: type[Any], without: Collection[str]) -> list[Field[Any]]:
    """Return the fields of a dataclass that are options of a command."""
    return [one for one in fields(group) if one.name not in without]


def _expanded(group: type[Any], without: Collection[str]) -> Iterator[Parameter]:
    """Yield a parameter for each of those fields, with its annotation for typer."""
    hints = get_type_hints(group, include_extras=True)
    for one in _used(group, without):
        default = Parameter.empty if one.default is MISSING else one.default
        yield Parameter(one.name, Parameter.KEYWORD_ONLY, default=default, annotation=hints[one.name])
