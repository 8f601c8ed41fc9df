// A client of gql.tada: types are read off the text of the operation, without a generator.
import { initGraphQLTada, readFragment, type ResultOf, type VariablesOf } from "gql.tada";
import type { introspection } from "../generated/tada";

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: {
    CountryCode: string;
    CurrencyCode: string;
    Date: string;
    DateTime: string;
    EmailAddress: string;
    SafeInt: number;
    URL: string;
  };
}>();

const Card = graphql(`
  fragment Card on Comment { id createdAt author { displayName badge } votes { score viewerVote } }
`);

const Page = graphql(
  `
    query Page($slug: String!, $sort: CommentSort! = NEWEST) {
      campaign(slug: $slug) { title url comments(sort: $sort, first: 20) { nodes { ...Card } } }
    }
  `,
  [Card],
);

const Post = graphql(`
  mutation Post($input: PostCommentInput!) {
    postComment(input: $input) {
      __typename
      ... on PostCommentPayload { comment { id } }
      ... on Problem { code issues { path } }
    }
  }
`);

export function scores(page: ResultOf<typeof Page>): number[] {
  // @ts-expect-error: the query does not ask for it
  page.campaign?.body;
  return page.campaign?.comments?.nodes.map((node) => readFragment(Card, node).votes.score) ?? [];
}

export function problem({ postComment }: ResultOf<typeof Post>): string | null {
  return postComment.__typename === "Problem" ? postComment.code : null;
}

export const sorted: VariablesOf<typeof Page> = { slug: "conformance", sort: "MOST_VOTED" };
// @ts-expect-error: there is no such order
export const unsorted: VariablesOf<typeof Page> = { slug: "conformance", sort: "LOUDEST" };
