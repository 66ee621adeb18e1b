"""The only rooms that speak SQL: SQLite by default, PostgreSQL where several workers share the hub."""
