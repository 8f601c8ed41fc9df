// The normalised cache of urql for Groundswell: `cacheExchange({ schema, ...cacheOptions })` of @urql/exchange-graphcache.
// Copy this file together with live-comments.mjs; `schema` is the introspection of schema.graphql.
import { gql } from "@urql/core";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { placeOf } from "./live-comments.mjs";

/** Types without an id: their objects are stored within their parents, and answers with some of the fields are merged. */
const PARTS = [
  "ActivityEvent", "CampaignPartner", "CommentEdit", "CommentFlag", "CommentModeration", "CommentStats", "Consent",
  "ConsentQuestion", "CountryCount", "DonationAppeal", "DonationCorrection", "Footnote", "Image", "InputIssue",
  "Milestone", "ModerationAction", "ModerationQueueChange", "Money", "NamePreview", "Outcome", "Problem", "Profile",
  "Pulse", "RateLimit", "Reaction", "ReactionGroup", "Resource", "RichText", "Service", "Session", "SignatureBucket",
  "SignatureGoal", "SupporterCount", "TimelineEntry", "Vote", "VoteTally",
];

const paged = relayPagination();

/**
 * A list of comments, without those that were taken away and have no replies.
 * A first page of any length will do: a live event brings `replies(first: 3)`, wherever on the page the comment stands.
 */
function comments(parent, args, cache, info) {
  const isFirst = ({ after, before }) => !after && !before;
  const pages = listsOf(cache, info.parentKey, info.fieldName).get(filtersOf(args)) ?? [];
  const stored = isFirst(args) && pages.find((page) => isFirst(page.args));
  const shown = paged(parent, stored?.args ?? args, cache, info);
  if (!shown) return shown;
  const isShown = (node) => cache.resolve(node, "body") !== null || cache.resolve(node, "descendantCount") !== 0;
  return {
    ...shown,
    nodes: shown.nodes.filter(isShown),
    edges: shown.edges.filter((edge) => isShown(cache.resolve(edge, "node"))),
  };
}

export const cacheOptions = {
  keys: Object.fromEntries(PARTS.map((name) => [name, () => null])),
  resolvers: {
    Query: { campaigns: paged, events: paged, moderationQueue: paged, apiKeys: paged },
    Viewer: { signatures: paged, comments: paged, votes: paged, reactions: paged, donations: paged },
    Campaign: { comments, allComments: paged, updates: paged, activity: paged },
    Comment: { replies: comments, descendants: comments },
    CommentModeration: { flags: paged, decisions: paged },
  },
  updates: {
    Subscription: {
      activity: ({ activity }, args, cache) => writeLiveComment(cache, activity),
    },
    Mutation: {
      postComment: ({ postComment }, { input }, cache) => addComment(cache, input.campaignId, postComment.comment),
      signPetition: ({ signPetition }, { input }, cache) => addComment(cache, input.campaignId, signPetition.comment),
    },
  },
};

const TAKEN_AWAY = gql`fragment TakenAway on Comment { id body { html } author { id } descendantCount }`;

/**
 * Bring the lists of the cache up to date with an event of `LiveComments`; `updates` calls it.
 * A new or restored comment takes its place, and a comment that was taken away leaves the lists.
 */
export function writeLiveComment(cache, { activity }) {
  const { campaign, comment, subjectId } = activity;
  if (comment === undefined || !campaign) return; // the subscription does not select it
  if (comment) return addComment(cache, campaign.id, comment);
  cache.writeFragment(TAKEN_AWAY, { __typename: "Comment", id: subjectId, body: null, author: null, descendantCount: 0 });
}

/** Insert a comment that is in the cache into the lists where it belongs; nothing if there is no comment. */
export function addComment(cache, campaignId, comment) {
  if (!comment?.createdAt) return;
  if (!comment.depth) return insert(cache, { __typename: "Campaign", id: campaignId }, "comments", comment);
  if (!comment.parent) return;
  const parent = { __typename: "Comment", id: comment.parent.id };
  insert(cache, parent, "replies", comment);
  insert(cache, parent, "descendants", comment);
  if (comment.root && comment.root.id !== parent.id) {
    insert(cache, { ...parent, id: comment.root.id }, "descendants", comment);
  }
}

function insert(cache, owner, field, comment) {
  const parentKey = cache.keyOfEntity(owner);
  for (const pages of listsOf(cache, parentKey, field).values()) {
    const [{ args }] = pages;
    const { nodes, pageInfo } = paged({}, args, cache, { parentKey, fieldName: field });
    const read = (node) => ({
      id: cache.resolve(node, "id"),
      depth: cache.resolve(node, "depth"),
      createdAt: cache.resolve(node, "createdAt"),
    });
    const place = placeOf(comment, { field, args, owner: read(parentKey), nodes: nodes.map(read), pageInfo });
    if (place >= 0) insertBetween(cache, pages, nodes[place - 1], nodes[place], comment);
  }
}

/** The stored pages of each list, by the arguments that filter and sort it. */
function listsOf(cache, parentKey, field) {
  const lists = new Map();
  for (const { fieldName, fieldKey, arguments: args } of cache.inspectFields(parentKey)) {
    const key = fieldName === field && cache.resolve(parentKey, fieldKey);
    if (!key) continue;
    const filters = filtersOf(args ?? {});
    if (!lists.has(filters)) lists.set(filters, []);
    lists.get(filters).push({ key, args: args ?? {} });
  }
  return lists;
}

function filtersOf({ first, last, after, before, ...filters }) {
  return JSON.stringify(filters, Object.keys(filters).sort());
}

/** Insert the comment into the first stored page that has one of its neighbours. */
function insertBetween(cache, pages, earlier, later, comment) {
  const neighbour = earlier ?? later;
  for (const { key } of pages) {
    const nodes = cache.resolve(key, "nodes") ?? [];
    if (neighbour && !nodes.includes(neighbour)) continue;
    const place = neighbour ? nodes.indexOf(neighbour) + (earlier ? 1 : 0) : 0;
    const added = cache.keyOfEntity({ __typename: "Comment", id: comment.id });
    return cache.link(key, "nodes", nodes.toSpliced(place, 0, added));
  }
}
