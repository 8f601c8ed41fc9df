// A list of threads that live comments change, as a Relay client writes it.
import { graphql } from "relay-runtime";

graphql`
  query liveQuery($campaign: ID!, $count: Int!, $cursor: String) {
    campaign(id: $campaign) {
      id
      comments(sort: NEWEST, first: $count, after: $cursor) @connection(key: "live_comments", filters: []) {
        edges { node { id depth body { text } descendantCount } }
      }
    }
  }
`;

graphql`
  query liveNodeQuery($comment: ID!) {
    node(id: $comment) { id ... on Comment { depth } }
  }
`;

graphql`
  subscription liveCommentsSubscription($campaign: ID!, $after: String) {
    activity(
      campaignId: $campaign
      kinds: [COMMENTED, REPLIED, COMMENT_EDITED, COMMENT_REMOVED, COMMENT_RESTORED]
      after: $after
    ) {
      cursor
      activity {
        kind
        campaign { id }
        ... on CommentActivity { subjectId comment { id depth body { text } descendantCount } }
      }
    }
  }
`;
