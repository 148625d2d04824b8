"""The KPI workbook of a release, for people without a BI tool: Excel and WPS open it."""
