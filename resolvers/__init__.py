"""Resolvers: one public function for each field, with the field's name; authorisation, validation and transactions.

A field's resolver takes the row, then the `Context`, then the field's arguments, and returns rows of the models or
plain values. `execution` calls the resolvers, through the fields and mutations that `schema/` declares; jobs and the
command line call them too. A resolver never imports a GraphQL type.

A file is named after its noun (`comments.py`), or after what it does for several nouns: `policies.py` holds the
authorisation rules, `screening.py` the checks of texts, `loaders.py` the batching, `paging.py` pages and cursors.
"""
