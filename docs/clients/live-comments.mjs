// Where a new comment belongs in a list that is in the cache already; for apollo-cache.mjs and urql-cache.mjs.

const DEFAULT_SORT = { comments: "NEWEST", replies: "OLDEST" };

/**
 * Return the index at which a comment is to be inserted, or -1 if the list has the comment already, if its place is on
 * a page that is not loaded, or if only the server knows the order (MOST_VOTED, MOST_REACTED, MOST_REPLIED).
 *
 * `comment` and each of `nodes` have `id`, `depth` and `createdAt`, and `comment` has `parent` as well; `field` is
 * comments, replies or descendants; `owner` is the comment whose replies are listed.
 */
export function placeOf(comment, { field, args, owner, nodes, pageInfo }) {
  if (nodes.some(({ id }) => id === comment.id)) return -1;
  const index =
    field === "descendants"
      ? placeInThread(comment, owner, args.depth, nodes)
      : placeInOrder(comment, args.sort ?? DEFAULT_SORT[field], nodes);
  const isBefore = index === 0 && pageInfo?.hasPreviousPage;
  const isBehind = index === nodes.length && pageInfo?.hasNextPage;
  return isBefore || isBehind ? -1 : index;
}

function placeInOrder(comment, sort, nodes) {
  if (sort !== "NEWEST" && sort !== "OLDEST") return -1;
  const index = nodes.findIndex(({ createdAt }) =>
    sort === "NEWEST" ? createdAt <= comment.createdAt : createdAt > comment.createdAt,
  );
  return index < 0 ? nodes.length : index;
}

/** Each comment stands before its own replies, and the replies to one comment stand oldest first. */
function placeInThread(comment, owner, levels, nodes) {
  if (levels && comment.depth > owner.depth + levels) return -1;
  let index = nodes.findIndex(({ id }) => id === comment.parent.id) + 1;
  if (!index && comment.parent.id !== owner.id) return -1;
  const isEarlier = ({ depth, createdAt }) =>
    depth > comment.depth || (depth === comment.depth && createdAt <= comment.createdAt);
  while (index < nodes.length && isEarlier(nodes[index])) index += 1;
  return index;
}
