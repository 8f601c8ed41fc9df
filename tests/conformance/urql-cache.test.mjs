// urql's Graphcache with the settings of docs/clients: the screens, and live comments without a refetch.
import assert from "node:assert/strict";
import test from "node:test";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { introspectionFromSchema } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { Watched, isPaged, isPart, schema, screen, settings, storedFields, testScreens } from "./screens.mjs";
import { socket, url } from "./site.mjs";

const { cacheOptions } = await settings("urql-cache.mjs");
const introspection = introspectionFromSchema(schema);

function open(token) {
  const requests = [];
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const connection = createClient({ url: socket, webSocketImpl: WebSocket, connectionParams: headers });
  const forwardSubscription = ({ query, variables }) => ({
    subscribe: (sink) => ({ unsubscribe: connection.subscribe({ query, variables }, sink) }),
  });
  const urql = new Client({
    url,
    exchanges: [cacheExchange({ schema: introspection, ...cacheOptions }), fetchExchange, subscriptionExchange({ forwardSubscription })],
    preferGetMethod: false,
    fetchOptions: { headers },
    fetch: (...given) => {
      requests.push(JSON.parse(given[1].body).operationName);
      return fetch(...given);
    },
  });
  const running = [];

  /** Pass each result of a source on to `next`, until the client is closed. */
  function listen(source, watched, next) {
    running.push(source.subscribe(({ data, error, stale }) => (error ? watched.fail(error) : next(data, stale))));
    return watched;
  }

  return {
    requests,
    async ask(name, variables) {
      const document = screen(name);
      const answer = document.startsWith("mutation")
        ? await urql.mutation(document, variables)
        : await urql.query(document, variables, { requestPolicy: "network-only" });
      assert.equal(answer.error, undefined);
      return answer.data;
    },
    watch(name, variables) {
      const shown = new Watched();
      listen(urql.query(screen(name), variables), shown, (data, stale) => stale || shown.push(data));
      return shown.until(Boolean);
    },
    follow(name, variables) {
      const messages = new Watched([]);
      return listen(urql.subscription(screen(name), variables), messages, (data) => messages.push([...messages.data(), data]));
    },
    async close() {
      for (const subscription of running) subscription.unsubscribe();
      await connection.dispose();
    },
  };
}

testScreens(open);


test("Graphcache knows every object without an id, and no other", () => {
  const KNOWN = /^__|PageInfo|(Connection|Edge|Payload)$/; // by itself, or as the answer of a mutation
  const ROOT = /^(Query|Mutation|Subscription)$/;
  const parts = Object.values(schema.getTypeMap()).filter(isPart).map(({ name }) => name);

  assert.deepEqual(Object.keys(cacheOptions.keys).sort(), parts.filter((name) => !KNOWN.test(name) && !ROOT.test(name)).sort());
});

test("Graphcache pages every list with cursors", () => {
  const { resolvers } = cacheOptions;
  const missing = storedFields().filter((each) => isPaged(each) && !resolvers[each.type.name]?.[each.field.name]);

  assert.deepEqual(missing.map(({ type, field }) => `${type.name}.${field.name}`), []);
});
