"""The components that tabs share, and the words that each component shows. Leaves out: the tabs, and their order."""

from __future__ import annotations

from typing import Any

from .messages import i18n


class Shared:
    blocks: Any
    share: Any
    """The page's address, which asks for what a link names."""
    model: Any
    language: Any
    prompt: Any
    player: Any
    notice: Any
    asked: list[Any]
    """The prompt and its settings, as an example fills them."""
    map_stop: Any
    """Stop, for the tab of the map."""
    stands: Any
    """Happens once the page has its example, or the last visit's branches."""
    texts_placed: Any
    """Happens once a link's texts are in the boxes of the duel."""

    def __init__(self) -> None:
        self.labels: list[tuple[Any, dict[str, str]]] = []
        self.fields: dict[str, Any] = {}
        """The fields that a link names, by name."""

    def named(self, component: Any, *args: Any, **props: Any) -> Any:
        """A component whose words (`label`, `value`, … of the form ``page.…``) follow the language."""
        keys = {prop: key for prop, key in props.items() if isinstance(key, str) and key.startswith("page.")}
        made = component(*args, **{**props, **{prop: i18n(key) for prop, key in keys.items()}})
        self.labels.append((made, keys))
        return made
