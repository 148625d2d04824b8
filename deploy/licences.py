"""Under which licence a package comes, as an SPDX expression, and which licences are free enough to be installed."""

from __future__ import annotations

import re
from email.message import Message

FREE = {
    "0BSD", "Apache-2.0", "Artistic-1.0-Perl", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "EPL-2.0",
    "ISC", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Unlicense", "Zlib",
    # Bundled or imported as they come, as libraries of their own:
    "GPL-3.0-or-later WITH GCC-exception-3.1", "LGPL-2.1-only", "LGPL-3.0-only", "LGPL-3.0-or-later",
}  # fmt: skip
WORDS = {
    "Apache-2.0": r"apache[- ](software )?(license )?,? ?(version )?(2(\.0)?)?|apache software license",
    "MIT": r"(the )?mit( license)?|license :: osi approved :: mit license",
    "BSD-2-Clause": r"bsd[- ]2-clause( license)?",
    "BSD-3-Clause": r"(new |modified )?bsd[- ]3-clause( license)?|3-clause bsd license",
    "ISC": r"isc( license)?( \(iscl\))?",
    "MPL-2.0": r"mpl[- ]2\.0|mozilla public license 2\.0 \(mpl 2\.0\)",
    "PSF-2.0": r"python software foundation license",
    "Unlicense": r"(the )?unlicense( \(unlicense\))?",
}
# Whose metadata says too little; read in the licence file of the package.
READ = {
    "aiomqtt": "BSD-3-Clause",
    "altair": "BSD-3-Clause",
    "amqp": "BSD-3-Clause",
    "axe-playwright-python": "MIT AND MPL-2.0",  # its own code, and the axe-core that it holds
    "billiard": "BSD-3-Clause",
    "click-plugins": "BSD-3-Clause",
    "colorama": "BSD-3-Clause",
    "flask-appbuilder": "BSD-3-Clause",
    "flask-session": "BSD-3-Clause",
    "flask-sqlalchemy": "BSD-3-Clause",
    "flask-wtf": "BSD-3-Clause",
    "flower": "BSD-3-Clause",
    "isodate": "BSD-3-Clause",
    "itsdangerous": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "prompt-toolkit": "BSD-3-Clause",
    "psycopg2-binary": "LGPL-3.0-or-later",
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "scipy": "BSD-3-Clause AND GPL-3.0-or-later WITH GCC-exception-3.1",  # its wheel bundles the runtime of gfortran
    "shapely": "BSD-3-Clause AND LGPL-2.1-only",  # its wheel bundles GEOS
    "sqlparse": "BSD-3-Clause",
    "text-unidecode": "Artistic-1.0-Perl OR GPL-2.0-or-later",
    "vine": "BSD-3-Clause",
    "wtforms": "BSD-3-Clause",
}


def licence_of(name: str, metadata: Message) -> str:
    """The SPDX expression of an installed package; empty where nobody can tell, which `is_free` refuses."""
    if name in READ:
        return READ[name]
    if expression := metadata.get("License-Expression"):
        return str(expression)
    said = str(metadata.get("License") or "").strip()
    if re.fullmatch(r"[\w.+-]+( (AND|OR|WITH) [\w.+-]+)*", said) and is_free(said):
        return said
    if found := _spdx(said):
        return found
    classified = [str(line).rpartition(" :: ")[2] for line in metadata.get_all("Classifier", [])
                  if str(line).startswith("License :: ")]  # fmt: skip
    named = [_spdx(text) for text in classified]
    return " OR ".join(sorted(named)) if all(named) else ""


def is_free(expression: str) -> bool:
    """Whether some way through an expression of AND and OR (without brackets) meets free licences alone."""
    choices = [re.split(r" AND ", choice) for choice in expression.split(" OR ")]
    return any(all(part.strip() in FREE for part in choice) for choice in choices)


def _spdx(text: str) -> str:
    return next((spdx for spdx, form in WORDS.items() if re.fullmatch(form, text.strip().lower())), "")
