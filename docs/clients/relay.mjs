// For Relay: what the store finds by itself, and how live comments get into a connection.
import relay from "relay-runtime";

const { ConnectionHandler, ROOT_TYPE } = relay;

/** For `new Environment({ missingFieldHandlers })`: `node` and `nodes` find in the store what another query brought. */
export const missingFieldHandlers = [
  {
    kind: "linked",
    handle: ({ name }, parent, { id }) => (name === "node" && parent?.getType() === ROOT_TYPE ? id : undefined),
  },
  {
    kind: "pluralLinked",
    handle: ({ name }, parent, { ids }) => (name === "nodes" && parent?.getType() === ROOT_TYPE ? ids : undefined),
  },
];

/**
 * The updater of a subscription to `LiveComments`, for the connection of threads with this key, newest first.
 * A new thread comes first. A comment that was taken away has no text: leave it out if its `descendantCount` is 0.
 */
export function liveCommentsUpdater(key) {
  return (store) => {
    const activity = store.getRootField("activity").getLinkedRecord("activity");
    const comment = activity.getLinkedRecord("comment");
    if (!comment) return empty(store.get(activity.getValue("subjectId")));
    const connection = ConnectionHandler.getConnection(activity.getLinkedRecord("campaign"), key);
    if (!connection || activity.getValue("kind") !== "COMMENTED") return;
    const edges = connection.getLinkedRecords("edges") ?? [];
    if (edges.some((edge) => edge.getLinkedRecord("node") === comment)) return;
    ConnectionHandler.insertEdgeBefore(connection, ConnectionHandler.createEdge(store, connection, comment, "CommentEdge"));
  };
}

function empty(comment) {
  comment?.setValue(null, "body").setValue(null, "author").setValue(0, "descendantCount");
}
