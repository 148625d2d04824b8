"""Makes Superset ready, in one process of its own Python (each of its commands would import it anew, ten seconds long).

`python prepare.py ASSETS SERVED`: tables, roles, the account `admin`, then the database, datasets, charts and the
dashboard of ASSETS, with the served file SERVED as their database. Runs again at will: what ASSETS holds replaces what
is there under the same uuid, and nothing else is touched. Run by deploy/superset.py, which makes the state folder.
"""

import sys
from pathlib import Path

import yaml
from flask_migrate import upgrade
from superset.app import create_app

ADMIN = "admin"


def contents(assets: Path, served: Path) -> dict[str, str]:
    """The files of an export of Superset, by path, with our served file in place of the placeholder."""
    found = {str(path.relative_to(assets)): path.read_text("utf-8") for path in sorted(assets.rglob("*.yaml"))}
    database = yaml.safe_load(found["databases/citypulse.yaml"])
    database["sqlalchemy_uri"] = f"duckdb:///{served}"  # absolute, hence four slashes
    return {**found, "databases/citypulse.yaml": yaml.safe_dump(database, allow_unicode=True)}


def main(assets: Path, served: Path) -> None:
    app = create_app()
    with app.app_context():
        upgrade()
        from superset import appbuilder, security_manager
        from superset.commands.importers.v1.assets import ImportAssetsCommand
        from superset.extensions import db
        from superset.utils.core import override_user

        appbuilder.add_permissions(update_perms=True)
        security_manager.sync_role_definitions()
        db.session.commit()
        if not (admin := security_manager.find_user(ADMIN)):
            password = (Path(app.config["DATA_DIR"]) / "admin_password").read_text("ascii")
            role = security_manager.find_role("Admin")
            admin = security_manager.add_user(ADMIN, "citypulse", ADMIN, "admin@localhost", role, password)
        with override_user(admin):
            ImportAssetsCommand(contents(assets, served)).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
