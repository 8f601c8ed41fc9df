// urql: GET and persisted queries, and subscriptions over both of its carriers.
import assert from "node:assert/strict";
import test from "node:test";
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { FOLLOW, PAGE, POST, authorization, campaign, comment, now, post, slug, socket, url } from "./site.mjs";

const variables = { slug };

/** A client, and the requests that it made: the method, and whether the text was sent along. */
function observed(exchanges, options = {}) {
  const requests = [];
  const client = new Client({
    url,
    exchanges,
    fetchOptions: { headers: { authorization } },
    fetch: (address, request) => {
      const sent = request.body ?? new URL(address).search;
      requests.push(`${request.method} ${/query(=|":)/.test(sent) ? "text" : "hash"}`);
      return fetch(address, request);
    },
    preferGetMethod: false,
    ...options,
  });
  return { client, requests };
}

/** The first event of a subscription. */
function event(client, variables) {
  return new Promise((resolve) => {
    const { unsubscribe } = client.subscription(FOLLOW, variables).subscribe((result) => {
      resolve(result);
      queueMicrotask(() => unsubscribe());
    });
  });
}

for (const [method, preferGetMethod] of [["POST", false], ["GET", "force"]]) {
  test(`a query is answered by ${method}`, async () => {
    const { client, requests } = observed([cacheExchange, fetchExchange], { preferGetMethod });
    const { data, error } = await client.query(PAGE, variables);

    assert.equal(error?.message, undefined);
    assert.equal(data.campaign.comments.nodes[0].body.text, "Comment 1");
    assert.deepEqual(requests, [`${method} text`]);
  });
}

test("a mutation is done", async () => {
  const { client } = observed([cacheExchange, fetchExchange], { preferGetMethod: true });
  const { data, error } = await client.mutation(POST, comment("by urql"));

  assert.equal(error?.message, undefined);
  assert.equal(data.postComment.comment.body.text, "by urql");
});

test("what the server refuses has a code", async () => {
  const { client } = observed([fetchExchange]);
  const { error } = await client.query("query ($slug: Int!) { campaign(slug: $slug) { id } }", variables);

  assert.equal(error.graphQLErrors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
});

for (const [method, preferGetForPersistedQueries] of [["GET", "force"], ["POST", false]]) {
  test(`a persisted query is sent by ${method} as its hash, and its text but once`, async () => {
    const query = PAGE.replace("Page", `UrqlPersistedBy${method}`);
    const exchanges = () => [persistedExchange({ preferGetForPersistedQueries }), fetchExchange];
    const first = observed(exchanges());
    await first.client.query(query, variables);
    const second = observed(exchanges());
    const { data, error } = await second.client.query(query, variables);

    assert.equal(error?.message, undefined);
    assert.equal(data.campaign.id, campaign);
    assert.deepEqual(first.requests.map((request) => request.split(" ")[1]), ["hash", "text"]);
    assert.deepEqual(second.requests, [`${method} hash`]);
  });
}

test("a subscription follows over server-sent events", async () => {
  const { client } = observed([fetchExchange], { fetchSubscriptions: true });
  const after = await now();
  const { id } = await post("for urql's events");
  const { data, error } = await event(client, { campaign, after });

  assert.equal(error?.message, undefined);
  assert.equal(data.activity.activity.comment.id, id);
});

test("a subscription follows over graphql-ws", async () => {
  const connection = createClient({ url: socket, webSocketImpl: WebSocket });
  const forwardSubscription = (request) => ({
    subscribe: (sink) => ({ unsubscribe: connection.subscribe({ ...request, query: request.query ?? "" }, sink) }),
  });
  const { client } = observed([subscriptionExchange({ forwardSubscription })]);
  const after = await now();
  const { id } = await post("for urql's socket");
  const { data, error } = await event(client, { campaign, after });
  await connection.dispose();

  assert.equal(error?.message, undefined);
  assert.equal(data.activity.activity.comment.id, id);
});
