"""Hints: attributes that a resolver's function, or a scalar's serializer, may have, so that compiled code does less.

for_row(arguments, requested): return a function of (row, context) that does the resolver's work. The function is made
    once per request, or once for all requests where no argument is a variable. Creating the info and coercing the
    arguments for each call would cost more than many resolvers do. The function must not mutate its arguments: all
    calls share them.
for_level(arguments, requested): return an async function of (rows, context) that returns a list with one value per row.
    The function is called once for all rows of one level of the query.
is_bare: True passes graphql-core's info and arguments to a mutation's resolver unconverted. Strawberry's conversion
    costs as much as all of graphql-core's part.
is_ready: True promises that the resolver's value never has to be awaited.
is_shared: True promises that a value that is returned again in the same request has not changed, so that the written
    output of the value can be reused.
looked_up(type name): return the name of an attribute of such a type's rows, and a mapping from the attribute's value to
    the field's value. Compiled code reads the mapping and does not call the resolver.
reads: the attributes that the resolver reads from its row.
reads_for: further attributes, as a mapping from an attribute of the resolver's result to the set of attributes of the
    row that the resolver reads for it.

unchanged_to: the largest integer that a scalar's serializer returns as it is, and minus it the least. Compiled code
    does not call the serializer for such integers.

The functions that `for_row` and `for_level` return may be async. Their first step then runs outside of a task of its
own, so an async function must not ask for its current task before its first await.

`requested` holds the attributes that the query reads from the resolver's own result; see `RequestedAttributes`.
A resolver that breaks a promise is still answered correctly: graphql-core runs the query instead.
"""

RequestedAttributes = frozenset[str] | None
"""Attributes that are read from a value, and from the values of its plain fields; None if they are not known."""
