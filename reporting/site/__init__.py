"""The site: one front door of static pages to briefs, KPIs, feeds, checks and models of the served release."""

from reporting.site.write import write_site

__all__ = ["write_site"]
