// Apollo Client: its cache, its links for WebSockets and batches, and persisted queries.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { BatchHttpLink } from "@apollo/client/link/batch-http";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { FOLLOW, PAGE, POST, authorization, campaign, comment, now, post, slug, socket, url } from "./site.mjs";

const variables = { slug };

function client(...links) {
  return new ApolloClient({ link: ApolloLink.from(links), cache: new InMemoryCache() });
}

/** A link over HTTP, and the requests that went over it: the method, and whether the text was sent along. */
function observed(Link = HttpLink) {
  const requests = [];
  const link = new Link({
    uri: url,
    headers: { authorization },
    fetch: (address, options) => {
      const sent = options.body ?? new URL(address).search;
      requests.push(`${options.method} ${/query(=|":)/.test(sent) ? "text" : "hash"}`);
      return fetch(address, options);
    },
  });
  return { link, requests };
}

test("a query is answered, and a second time from the cache", async () => {
  const { link, requests } = observed();
  const apollo = client(link);
  const { data } = await apollo.query({ query: gql(PAGE), variables });
  await apollo.query({ query: gql(PAGE), variables });

  assert.equal(data.campaign.comments.nodes[0].body.text, "Comment 1");
  assert.equal(requests.length, 1);
});

test("a mutation's answer is written to the cache, by its id", async () => {
  const apollo = client(observed().link);
  const { data } = await apollo.mutate({ mutation: gql(POST), variables: comment("by Apollo") });
  const { id } = data.postComment.comment;

  assert.equal(apollo.cache.extract()[`Comment:${id}`].id, id);
});

test("a subscription follows over graphql-ws", async () => {
  const connection = createClient({ url: socket, webSocketImpl: WebSocket });
  const apollo = client(new GraphQLWsLink(connection));
  const after = await now();
  const { id } = await post("for Apollo");
  const event = await new Promise((next, error) => {
    apollo.subscribe({ query: gql(FOLLOW), variables: { campaign, after } }).subscribe({ next, error });
  });
  await connection.dispose();

  assert.equal(event.data.activity.activity.comment.id, id);
});

test("operations that are asked for together go in one batch", async () => {
  const { link, requests } = observed(BatchHttpLink);
  const apollo = client(link);
  const one = apollo.query({ query: gql(PAGE), variables });
  const other = apollo.query({ query: gql`query Viewer { viewer { role } }` });

  assert.equal((await one).data.campaign.id, campaign);
  assert.equal((await other).data.viewer.role, "GUEST");
  assert.equal(requests.length, 1);
});

for (const [method, useGETForHashedQueries] of [["GET", true], ["POST", false]]) {
  test(`a persisted query is sent by ${method} as its hash, and its text but once`, async () => {
    const query = gql(PAGE.replace("Page", `PersistedBy${method}`));
    const sha256 = (text) => createHash("sha256").update(text).digest("hex");
    const { link, requests } = observed();
    const persisted = () => new PersistedQueryLink({ sha256, useGETForHashedQueries });
    await client(persisted(), link).query({ query, variables });
    const { data } = await client(persisted(), link).query({ query, variables });

    assert.equal(data.campaign.id, campaign);
    assert.deepEqual(requests, [`${method} hash`, "POST text", `${method} hash`]);
  });
}
