// The cache of Apollo Client for Groundswell: `new InMemoryCache(cacheOptions)`.
// Copy this file together with live-comments.mjs and possible-types.json.
import { placeOf } from "./live-comments.mjs";
import possibleTypes from "./possible-types.json" with { type: "json" };

/** An object without an id, which is stored within its parent: an answer with some of its fields keeps the others. */
const PART = { merge: true };

/** A list that is answered whole: the last answer replaces it. */
const WHOLE = { merge: false };

/** A text in up to three forms: an answer with one form keeps the others, unless it shows that the text was edited. */
const TEXT = {
  merge(existing, incoming, { mergeObjects }) {
    const differs = (form) => form in existing && existing[form] !== incoming[form];
    const wasEdited = existing && Object.keys(incoming).some(differs);
    return wasEdited ? incoming : mergeObjects(existing, incoming);
  },
};

/** The reactions on a comment: an answer without `viewerHasReacted` keeps it. */
const REACTIONS = {
  merge(existing, incoming, { mergeObjects }) {
    return incoming.map((group) => {
      const same = existing?.find(({ kind }) => kind === group.kind);
      return same ? mergeObjects(same, group) : group;
    });
  },
};

/** A list with cursors, in `nodes` or in `edges`: the next and the previous page are added to what is there. */
function paged(...keyArgs) {
  return { keyArgs, merge: mergePage };
}

function mergePage(existing, incoming, { args }) {
  if (!incoming) return existing ?? incoming; // refused, with an error
  if (!existing || !(args?.after ?? args?.before)) return { ...existing, ...incoming };
  const { pageInfo } = existing;
  const [given, own, has] = args.after
    ? ["after", "endCursor", "hasNextPage"]
    : ["before", "startCursor", "hasPreviousPage"];
  if (pageInfo?.[own] && pageInfo[own] !== args[given]) return existing; // the page does not follow on the list
  const merged = { ...existing, ...incoming };
  for (const items of ["nodes", "edges"]) {
    const pages = args.after ? [existing[items], incoming[items]] : [incoming[items], existing[items]];
    if (existing[items] && incoming[items]) merged[items] = join(...pages);
  }
  const next = incoming.pageInfo;
  merged.pageInfo = next ? { ...pageInfo, [own]: next[own], [has]: next[has] } : pageInfo;
  return merged;
}

function join(earlier, later) {
  const refOf = (item) => item.__ref ?? item.node?.__ref;
  const known = new Set(earlier.map(refOf));
  return [...earlier, ...later.filter((item) => !refOf(item) || !known.has(refOf(item)))];
}

/** A list of comments, without those that were taken away and have no replies. */
function comments(...keyArgs) {
  return {
    ...paged(...keyArgs),
    read(existing, { readField }) {
      if (!existing) return existing;
      const isShown = (node) => readField("body", node) !== null || readField("descendantCount", node) !== 0;
      const shown = { ...existing };
      if (existing.nodes) shown.nodes = existing.nodes.filter(isShown);
      if (existing.edges) shown.edges = existing.edges.filter(({ node }) => isShown(node));
      return shown;
    },
  };
}

export const cacheOptions = {
  possibleTypes,
  typePolicies: {
    Query: {
      fields: {
        campaigns: paged("states", "search", "sort"),
        events: paged("campaignId", "kinds"),
        moderationQueue: paged("campaignId", "states", "sort"),
        apiKeys: paged(),
        nodes: WHOLE,
        namePreviews: WHOLE,
      },
    },
    Viewer: {
      fields: { signatures: paged(), comments: paged(), votes: paged(), reactions: paged(), donations: paged() },
    },
    Campaign: {
      fields: {
        comments: comments("sort", "around"),
        allComments: paged("sort", "changedSince"),
        updates: paged(),
        activity: paged("kinds"),
        pinnedComments: WHOLE,
        partners: WHOLE,
        footnotes: WHOLE,
        timeline: WHOLE,
        resources: WHOLE,
        consentQuestions: WHOLE,
        countries: WHOLE,
        signaturesOverTime: WHOLE,
      },
    },
    Comment: {
      fields: {
        replies: comments("sort", "around"),
        descendants: comments("depth", "around"),
        reactions: REACTIONS,
        ancestors: WHOLE,
        edits: WHOLE,
      },
    },
    ActivityEvent: PART,
    CommentModeration: { ...PART, fields: { flags: paged(), decisions: paged() } },
    CommentStats: { ...PART, fields: { recentAuthors: WHOLE } },
    Donation: { fields: { corrections: WHOLE } },
    DonationAppeal: { ...PART, fields: { suggestedAmounts: WHOLE, raised: WHOLE } },
    Image: PART,
    Milestone: PART,
    ModerationQueueChange: { ...PART, fields: { comments: WHOLE } },
    Money: PART,
    Outcome: PART,
    Profile: { ...PART, fields: { consents: WHOLE } },
    Pulse: { ...PART, fields: { comments: WHOLE } },
    RateLimit: PART,
    RichText: TEXT,
    Service: PART,
    SignatureGoal: { ...PART, fields: { reached: WHOLE } },
    SupporterCount: PART,
    VoteTally: PART,
  },
};

/**
 * Bring the lists of the cache up to date with an event of `LiveComments`: pass each `data.activity`.
 * A new or restored comment takes its place, and a comment that was taken away leaves the lists.
 */
export function writeLiveComment(cache, { activity }) {
  const { campaign, comment, subjectId } = activity;
  if (comment) return addComment(cache, campaign.id, comment);
  const id = cache.identify({ __typename: "Comment", id: subjectId });
  cache.modify({ id, fields: { body: () => null, author: () => null, descendantCount: () => 0 } });
}

/** Insert a comment that is in the cache into the lists where it belongs; also for the answer of a mutation. */
export function addComment(cache, campaignId, comment) {
  if (!comment.depth) return insert(cache, { __typename: "Campaign", id: campaignId }, ["comments"], comment);
  if (!comment.parent) return;
  insert(cache, { __typename: "Comment", id: comment.parent.id }, ["replies", "descendants"], comment);
  if (comment.root && comment.root.id !== comment.parent.id) {
    insert(cache, { __typename: "Comment", id: comment.root.id }, ["descendants"], comment);
  }
}

function insert(cache, owner, fields, comment) {
  const id = cache.identify(owner);
  const modify = (connection, { fieldName, storeFieldName, readField, toReference }) => {
    if (!connection?.nodes) return connection;
    const place = placeOf(comment, {
      field: fieldName,
      args: JSON.parse(storeFieldName.slice(fieldName.length + 1) || "{}"),
      owner: { id: owner.id, depth: readField("depth", { __ref: id }) },
      nodes: connection.nodes.map((node) => ({
        id: readField("id", node),
        depth: readField("depth", node),
        createdAt: readField("createdAt", node),
      })),
      pageInfo: connection.pageInfo,
    });
    if (place < 0) return connection;
    const reference = toReference({ __typename: "Comment", id: comment.id });
    return { ...connection, nodes: connection.nodes.toSpliced(place, 0, reference) };
  };
  cache.modify({ id, fields: Object.fromEntries(fields.map((field) => [field, modify])) });
}
