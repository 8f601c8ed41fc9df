"""The compiler: everything that turns one GraphQL operation into a Python function and runs that function."""
