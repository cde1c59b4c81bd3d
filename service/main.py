"""The ASGI entry for servers that import an application (`uvicorn service.main:app`)."""

from foundation import logs
from foundation.settings import Settings
from service.app import create_app
from service.portal.pages import portal_routes

settings = Settings.from_environment()
logs.configure(settings.log_level)
app = create_app(settings, pages=portal_routes(settings))
