"""What a resolver's function may say of itself, by attributes, so that compiled code can do with less.

for_row(arguments, asked): a function of the row and the context that does the same work. It is made once a
    request, or once for all where no argument is a variable. Making the info, and reading the arguments anew at
    each call, would cost more than many a resolver does. It leaves its arguments as they are: calls share them.
for_level(arguments, asked): an asynchronous function of a list of rows and the context, which gives a list of
    their values. It is called once for all that a level of the query asks of this field.
is_bare: True lets a mutation be given its info and arguments as graphql-core has them. What Strawberry would make of
    them costs as much as graphql-core's whole part.
is_ready: True promises that no value is to be awaited.
is_shared: True promises that a value, met again in a request, has not changed: what was written of it is used again.
looked_up(type name): an attribute of the rows of such a type, and a mapping that has the value under it. It is
    looked up where it is written, and the resolver is not called.
reads: the attributes that it reads off its row.
reads_for: further ones, by the attribute of its result that they are read for, each a set.

What `for_row` and `for_level` give may be asynchronous: its first step is then taken at once, outside of a task of
its own, so that it must not ask for its current task before it first waits.

`asked` is what the query reads off the resolver's own result; see `Asked`. Whoever promises what is not so gets
the answer all the same, from graphql-core.
"""

Asked = frozenset[str] | None
"""Attributes that are read off a value, and off those that its plain fields lead to; None if it can't be told."""
