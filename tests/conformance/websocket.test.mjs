// GraphQL over WebSocket, by graphql-ws's own client; and what closes a socket, by hand.
import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import { CloseCode, createClient } from "graphql-ws";
import WebSocket from "ws";
import { FOLLOW, PAGE, POST, authorization, campaign, comment, slug, socket, tellsWhatHappens } from "./site.mjs";

/** Give a client to the work, and close it whatever happens. */
async function connected(work, connectionParams = { authorization }) {
  const client = createClient({ url: socket, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
  try {
    await work(client);
  } finally {
    await client.dispose();
  }
}

async function first(results) {
  for await (const result of results) return result;
}

test("a query is answered over a socket", () =>
  connected(async (client) => {
    const { data } = await first(client.iterate({ query: PAGE, variables: { slug } }));

    assert.equal(data.campaign.comments.nodes[0].body.text, "Comment 1");
  }));

test("a mutation is done as the person whose token connection_init brought", () =>
  connected(async (client) => {
    const { data } = await first(client.iterate({ query: POST, variables: comment("over a socket") }));

    assert.equal(data.postComment.comment.body.text, "over a socket");
  }));

test("a subscription tells what happens since its cursor, in order, until it is left", () =>
  connected(tellsWhatHappens));

test("a socket carries many operations at once", () =>
  connected(async (client) => {
    const asked = Array.from({ length: 20 }, () => first(client.iterate({ query: PAGE, variables: { slug } })));

    assert.deepEqual(new Set((await Promise.all(asked)).map(({ data }) => data.campaign.id)), new Set([campaign]));
  }));

test("what is not valid ends its own operation with an error and nothing else", () =>
  connected(async (client) => {
    await assert.rejects(
      first(client.iterate({ query: "{ nonsense }" })),
      ([{ extensions }]) => extensions.code === "GRAPHQL_VALIDATION_FAILED",
    );
    const { data } = await first(client.iterate({ query: PAGE, variables: { slug } }));

    assert.equal(data.campaign.id, campaign);
  }));

test("a bad token is refused before the socket is acknowledged", () =>
  connected(async (client) => {
    await assert.rejects(
      first(client.iterate({ query: PAGE, variables: { slug } })),
      ({ code }) => code === CloseCode.Forbidden || code === CloseCode.Unauthorized,
    );
  }, { authorization: "Bearer nonsense" }));

// ---------------------------------------------------------------- by hand

const INIT = { type: "connection_init" };
const SUBSCRIBE = { type: "subscribe", id: "1", payload: { query: FOLLOW, variables: { campaign } } };
const CLOSED = {
  "a message that is not JSON": [CloseCode.BadRequest, INIT, "nonsense"],
  "a message of an unknown type": [CloseCode.BadRequest, INIT, { type: "start", id: "1" }],
  "a subscribe without an id": [CloseCode.BadRequest, INIT, { ...SUBSCRIBE, id: undefined }],
  "a subscribe without a query": [CloseCode.BadRequest, INIT, { ...SUBSCRIBE, payload: {} }],
  "a ping whose payload is no object": [CloseCode.BadRequest, INIT, { type: "ping", payload: 1 }],
  "a subscribe before connection_init": [CloseCode.Unauthorized, SUBSCRIBE],
  "an id that is in use": [CloseCode.SubscriberAlreadyExists, INIT, SUBSCRIBE, SUBSCRIBE],
  "a second connection_init": [CloseCode.TooManyInitialisationRequests, INIT, INIT],
  "no connection_init in time": [CloseCode.ConnectionInitialisationTimeout],
};

for (const [what, [code, ...messages]] of Object.entries(CLOSED)) {
  test(`${what} closes the socket with ${code}`, async (t) => {
    const connection = new WebSocket(socket, "graphql-transport-ws");
    t.after(() => connection.terminate());
    const patience = { signal: AbortSignal.timeout(10_000) };
    await once(connection, "open", patience);
    for (const message of messages) {
      connection.send(typeof message === "string" ? message : JSON.stringify(message));
    }
    const [closed, reason] = await once(connection, "close", patience);

    assert.equal(closed, code, reason.toString());
  });
}
