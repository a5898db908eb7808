"""The rules, one a file; the table is in `initscope.rules.table`."""
