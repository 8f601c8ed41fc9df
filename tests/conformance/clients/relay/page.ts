// A page as a Relay client writes it. relay-compiler makes artifacts of the tags, which relay.test.mjs runs.
import { graphql } from "relay-runtime";
import type { pageComments$data } from "../generated/relay/pageComments.graphql";
import type { pagePostMutation } from "../generated/relay/pagePostMutation.graphql";

graphql`
  query pageQuery($slug: String!, $count: Int!, $cursor: String) {
    campaign(slug: $slug) {
      id
      title
      launchedAt
      ...pageComments
    }
  }
`;

graphql`
  fragment pageComments on Campaign @refetchable(queryName: "pageCommentsPaginationQuery") @throwOnFieldError {
    comments(sort: OLDEST, first: $count, after: $cursor) @connection(key: "page_comments", filters: []) {
      edges {
        node {
          id
          createdAt
          body { text }
        }
      }
    }
  }
`;

graphql`
  mutation pagePostMutation($input: PostCommentInput!, $connections: [ID!]!) {
    postComment(input: $input) {
      ... on PostCommentPayload {
        comment @appendNode(connections: $connections, edgeTypeName: "CommentEdge") {
          id
          body { text }
        }
      }
      ... on Problem { code message }
    }
  }
`;

graphql`
  subscription pageFollowSubscription($campaign: ID!, $after: String) {
    activity(campaignId: $campaign, after: $after) {
      activity {
        kind
        ... on CommentActivity { comment { id body { text } } }
      }
    }
  }
`;

// @semanticNonNull: null comes only with an error, which the fragment throws
export function texts({ comments }: pageComments$data): (string | undefined)[] {
  return comments.edges.map(({ node }) => node.body?.text);
}

export function variables(campaignId: string): pagePostMutation["variables"] {
  // @ts-expect-error: the text is required
  const missing: pagePostMutation["variables"]["input"] = { campaignId };
  return { connections: [], input: { ...missing, body: "by Relay" } };
}
