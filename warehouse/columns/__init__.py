"""Where the columns of the models come from, as the SQL says that dbt ran.

`read_columns` reads all models of a build, `columns_of_home` only when their SQL is new; `Columns` follows a column up
to what was delivered and down to what is published. A source is what the expression of a column reads, windows and
FILTER included. What chooses rows (WHERE, ON, QUALIFY, HAVING, GROUP BY, DISTINCT) is kept apart.
"""

from warehouse.columns.follow import Columns
from warehouse.columns.keep import KEPT_IN, columns_of_home, kept_columns
from warehouse.columns.models import Model, Step, read_columns
from warehouse.columns.origin import ROWS, Input, Kind

__all__ = [
    "KEPT_IN",
    "ROWS",
    "Columns",
    "Input",
    "Kind",
    "Model",
    "Step",
    "columns_of_home",
    "kept_columns",
    "read_columns",
]
