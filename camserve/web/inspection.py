"""What the server can say of itself; the answers are put together elsewhere."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Inspection:
    """How it is doing.

    exposition: all metrics as text, and the content type, for what the header Accept asks for
    not_ready: why nobody should be sent to this server now; nothing when it is ready
    report: the state of everything, for JSON
    answers: by status, how many requests were answered; counted here
    """

    exposition: Callable[[str], Awaitable[tuple[bytes, str]]]
    not_ready: Callable[[], Sequence[str]]
    report: Callable[[], Mapping[str, object]]
    answers: Counter[int] = field(default_factory=Counter)
