"""The mark: what a coordinator asks for."""

from flask import Blueprint

import lms.mark.models  # noqa: F401  its tables are known once the room is

bp = Blueprint("mark", __name__)
