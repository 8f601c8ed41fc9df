"""Storage: SQLite, group commit, packing, encryption."""
