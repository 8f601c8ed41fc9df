"""The compiler: all modules that turn a GraphQL operation into a Python function, and that run the function.

- Compile: selections, selected_fields, field_plans, writer, inlining, calls, leaves, type_guards, type_resolution,
  source.
- Run: operation, compiled_operation, parsed_operation, cache, request, variables, input_coercion, arguments, info,
  scheduling, eager_start, level_batches, awaitables; fallback hands an operation over to graphql-core.
- Declare: hints lists what a resolver's function can tell the compiler.

The document cache, limits, persisted operations and the schema class belong in `execution/`.
"""
