"""How templates are read when several pages are asked for at once."""

from collections.abc import MutableMapping
from threading import RLock
from typing import Any

from flask.templating import Environment
from jinja2 import Template


class OneAtATime(Environment):
    """Reads one template at a time; they are drawn side by side as always.

    The first pages of a server come at once, and a template takes many times the memory of what it becomes: four
    threads that each read the same ones leave a worker 8 MB larger for good.
    """

    _reading = RLock()

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        """The template of this name, read by one thread and found there by the others."""
        with self._reading:
            return super().get_template(name, parent, globals)
