"""One operation of a parsed document, with the schema and the fragments that the operation is read with."""

from typing import NamedTuple

from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode


class ParsedOperation(NamedTuple):
    schema: GraphQLSchema
    definition: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
