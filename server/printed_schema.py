"""Print the schema into the files that clients read."""

import json

from graphql import GraphQLSchema, is_abstract_type

from server.components import create_schema
from settings import Settings


def print_schema(settings: Settings) -> dict[str, str]:
    """Return the text of each file that is made from the schema, by its path inside the repository."""
    schema = create_schema(settings)
    types = json.dumps(possible_types(schema._schema), indent=2)
    return {"schema/schema.graphql": schema.as_str() + "\n", "docs/clients/possible-types.json": types + "\n"}


def possible_types(schema: GraphQLSchema) -> dict[str, list[str]]:
    """Return the object types of each interface and union, in alphabetical order."""
    abstract = [type_ for _, type_ in sorted(schema.type_map.items()) if is_abstract_type(type_)]
    return {type_.name: sorted(each.name for each in schema.get_possible_types(type_)) for type_ in abstract}
