"""Random numbers of a network's making, drawn from a generator of its own: nobody else's numbers move.

torch keeps one generator for the whole process. Seeding it, even for a moment, changes what other threads draw
in that moment; so each operation that draws is handed a generator instead, in this thread alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import contextlib


def drawn_from(seed: int) -> contextlib.AbstractContextManager[Any]:
    """A block in which torch draws, on the CPU and in this thread, what `torch.manual_seed(seed)` would give."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    generator = torch.Generator()
    generator.manual_seed(seed)

    class Drawn(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch has no types for it
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            kwargs = dict(kwargs or {})
            if torch.Tag.nondeterministic_seeded in func.tags and kwargs.get("generator") is None:
                func, ready = _with_generator(func, args, kwargs)
                if ready:
                    kwargs["generator"] = generator
            return func(*args, **kwargs)

    return Drawn()  # type: ignore[no-untyped-call]  # the same


def _with_generator(func: Any, args: Any, kwargs: Any) -> tuple[Any, bool]:
    """(the form of an operation that takes a generator, whether there is one) for what runs on the CPU."""
    import torch

    device = kwargs.get("device")
    places = {str(torch.device(device).type)} if device is not None else set()
    places |= {value.device.type for value in args if isinstance(value, torch.Tensor)}
    if places - {"cpu"}:
        return func, False
    if any(argument.name == "generator" for argument in func._schema.arguments):
        return func, True
    packet = func.overloadpacket
    name = "generator" if func._overloadname == "default" else f"{func._overloadname}_generator"
    if name in packet.overloads():
        return getattr(packet, name), True
    return func, False
