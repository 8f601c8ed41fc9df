"""How rows are stored: SQLite, group commit, packing, encryption."""
