"""How our Superset is set. Its state is one folder (SUPERSET_HOME): accounts, charts, the key that signs sessions.

Superset reads this file at every start (SUPERSET_CONFIG_PATH); what is not named here has Superset's own default.
"""

import logging
from datetime import timedelta
from pathlib import Path

from superset.config import DATA_DIR, TALISMAN_CONFIG, THEME_DEFAULT

SECRET_KEY = (Path(DATA_DIR) / "secret_key").read_text("ascii")
SQLALCHEMY_DATABASE_URI = f"sqlite:///{DATA_DIR}/superset.db?check_same_thread=false"

APP_NAME = "citypulse"
LANGUAGES = {"zh": {"flag": "cn", "name": "简体中文"}, "en": {"flag": "us", "name": "English"}}
BABEL_DEFAULT_LOCALE = "zh"
THEME_DEFAULT = {
    **THEME_DEFAULT,
    "token": {
        **THEME_DEFAULT["token"],
        "fontFamily": "Inter, 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', Helvetica, Arial, sans-serif",
    },
}

# Nothing beyond this machine: no map tiles, no telemetry pixel, no fonts from elsewhere, no message to anyone.
HERE = ["'self'"]
TALISMAN_CONFIG = {
    **TALISMAN_CONFIG,
    "content_security_policy": {
        **TALISMAN_CONFIG["content_security_policy"],
        "img-src": [*HERE, "blob:", "data:"],
        "connect-src": HERE,
        "font-src": HERE,
        "style-src": [*HERE, "'unsafe-inline'"],
    },
}
FAB_API_SWAGGER_UI = False  # its page loads scripts from elsewhere
ENABLE_CORS = False
CELERY_CONFIG = None
FEATURE_FLAGS = {"ALERT_REPORTS": False, "THUMBNAILS": False}

# Queries take some milliseconds, and a cached answer would outlive its release. What a reader has set on a dashboard is
# kept in Superset's own database (its default): the processes of the server share it.
CACHE_CONFIG = DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
SQLLAB_TIMEOUT = SUPERSET_WEBSERVER_TIMEOUT = int(timedelta(minutes=1).total_seconds())
LOG_LEVEL = logging.ERROR  # its warnings tell of files that its own package leaves out
