// GraphQL over server-sent events, by graphql-sse's own client, in both of the protocol's modes.
import assert from "node:assert/strict";
import test from "node:test";
import { createClient } from "graphql-sse";
import { PAGE, POST, authorization, campaign, comment, slug, tellsWhatHappens, url } from "./site.mjs";

const MODES = {
  "distinct connections at /graphql": [{ url }, "GRAPHQL_VALIDATION_FAILED"],
  "distinct connections at /graphql/stream": [{ url: `${url}/stream` }, "GRAPHQL_VALIDATION_FAILED"],
  "a single connection": [{ url: `${url}/stream`, singleConnection: true }, 400],
};

async function first(results) {
  for await (const result of results) return result;
}

for (const [mode, [options, refusal]] of Object.entries(MODES)) {
  /** Give a client to the work, and close it whatever happens. */
  const connected = async (work) => {
    const client = createClient({ ...options, headers: { authorization }, retryAttempts: 0 });
    try {
      await work(client);
    } finally {
      client.dispose();
    }
  };

  test(`with ${mode}, a query is answered`, () =>
    connected(async (client) => {
      const { data } = await first(client.iterate({ query: PAGE, variables: { slug } }));

      assert.equal(data.campaign.comments.nodes[0].body.text, "Comment 1");
    }));

  test(`with ${mode}, a mutation is done`, () =>
    connected(async (client) => {
      const { data } = await first(client.iterate({ query: POST, variables: comment(`with ${mode}`) }));

      assert.equal(data.postComment.comment.body.text, `with ${mode}`);
    }));

  test(`with ${mode}, a subscription tells what happens since its cursor, in order, until it is left`, () =>
    connected(tellsWhatHappens));

  test(`with ${mode}, what is not valid ends its own operation with an error and nothing else`, () =>
    connected(async (client) => {
      const refused = await first(client.iterate({ query: "{ nonsense }" })).catch((error) => error);
      const { data } = await first(client.iterate({ query: PAGE, variables: { slug } }));

      // the protocol lets it be an event or a status; this client does not let the latter's body be read
      assert.equal(refused.errors?.[0].extensions.code ?? refused.response?.status, refusal);
      assert.equal(data.campaign.id, campaign);
    }));
}

test("with a single connection, many operations share it", async () => {
  const client = createClient({ url: `${url}/stream`, singleConnection: true, retryAttempts: 0 });
  const asked = Array.from({ length: 10 }, () => first(client.iterate({ query: PAGE, variables: { slug } })));
  const answers = await Promise.all(asked);
  client.dispose();

  assert.deepEqual(new Set(answers.map(({ data }) => data.campaign.id)), new Set([campaign]));
});
