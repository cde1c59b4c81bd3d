"""From values to a page: the one place that puts the drill's mark and the security headers on it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from foundation.clock import JAPAN
from service.portal import labels
