// All of graphql-eslint's rules for schemas and for Relay; what is off or eased, and why, stands here.
import { fileURLToPath } from "node:url";
import graphql from "@graphql-eslint/eslint-plugin";

const schema = fileURLToPath(new URL("../../schema/schema.graphql", import.meta.url));

export default [
  {
    files: ["**/schema.graphql"],
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema } } },
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...graphql.configs["flat/schema-all"].rules,
      ...graphql.configs["flat/schema-relay"].rules,

      // stricter: every field, argument and value has its words
      "@graphql-eslint/require-description": [
        "error",
        {
          types: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          DirectiveDefinition: true,
          // Strawberry prints no description of a directive's argument; the directive's own says it
          // and it prints none of @oneOf, which is GraphQL's own
          ignoredSelectors: ["[parent.kind=DirectiveDefinition]", "[name.value=oneOf]"],
        },
      ],

      // `nodes` is the short way to a page without its cursors, and a list that can't grow is no connection;
      // votes, reactions, flags and decisions have no id, because nobody asks for one by itself
      "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false }],
      // `events` goes forwards only: its cursor is a place in the log of each campaign
      "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],

      // what belongs together stands together: fields by importance, kinds and reactions as clients show them
      "@graphql-eslint/alphabetize": "off",
      // only a Node can be found again by its id; connections, payloads, counts and texts are parts of one
      "@graphql-eslint/strict-id-in-types": "off",
      // the rule is for APIs that can only be read
      "@graphql-eslint/no-root-type": "off",
      // a mutation always answers, with its payload or a Problem, and there is always a viewer
      "@graphql-eslint/require-nullable-result-in-root": "off",
      // GraphQL's own @deprecated has no date; the reason says until when, and the changelog too
      "@graphql-eslint/require-deprecation-date": "off",
    },
  },
];
