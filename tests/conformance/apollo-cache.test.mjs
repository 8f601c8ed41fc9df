// Apollo Client with the cache settings of docs/clients: the screens, and live comments without a refetch.
import assert from "node:assert/strict";
import test from "node:test";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode, getNullableType, isCompositeType, isListType } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { Watched, isPaged, isPart, screen, settings, storedFields, testScreens } from "./screens.mjs";
import { socket, url } from "./site.mjs";

const { addComment, cacheOptions, writeLiveComment } = await settings("apollo-cache.mjs");

function open(token) {
  const requests = [];
  const authorization = token && `Bearer ${token}`;
  const http = new HttpLink({
    uri: url,
    headers: token ? { authorization } : {},
    fetch: (...given) => {
      requests.push(JSON.parse(given[1].body).operationName);
      return fetch(...given);
    },
  });
  const connection = createClient({ url: socket, webSocketImpl: WebSocket, connectionParams: token ? { authorization } : {} });
  const isLive = ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION;
  const link = ApolloLink.split(isLive, new GraphQLWsLink(connection), http);
  const cache = new InMemoryCache(cacheOptions);
  const apollo = new ApolloClient({ link, cache });
  const running = [];
  return {
    requests,
    async ask(name, variables) {
      const document = gql(screen(name));
      if (document.definitions[0].operation === "query") {
        return (await apollo.query({ query: document, variables, fetchPolicy: "network-only" })).data;
      }
      const update = (cache, { data: { signPetition } }) => {
        if (signPetition.comment) addComment(cache, variables.input.campaignId, signPetition.comment);
      };
      return (await apollo.mutate({ mutation: document, variables, update })).data;
    },
    watch(name, variables) {
      const shown = new Watched();
      const query = apollo.watchQuery({ query: gql(screen(name)), variables });
      const next = ({ data, dataState }) => dataState === "complete" && shown.push(data);
      running.push(query.subscribe({ next, error: (error) => shown.fail(error) }));
      return shown.until(Boolean);
    },
    follow(name, variables) {
      const messages = new Watched([]);
      const next = ({ data, error }) => {
        if (error) return messages.fail(error);
        if (name === "LiveComments") writeLiveComment(cache, data.activity);
        messages.push([...messages.data(), data]);
      };
      running.push(apollo.subscribe({ query: gql(screen(name)), variables }).subscribe({ next }));
      return messages;
    },
    async close() {
      for (const subscription of running) subscription.unsubscribe();
      apollo.stop();
      await connection.dispose();
    },
  };
}

testScreens(open);

const PAGING = ["first", "last", "after", "before"];
const { typePolicies } = cacheOptions;
const fields = storedFields();
const named = ({ type, field }) => `${type.name}.${field.name}`;

test("Apollo's cache keeps the pages of a list apart by everything that filters and sorts it", () => {
  const filters = fields.filter(isPaged).map((each) => {
    const names = each.field.args.map(({ name }) => name).filter((name) => !PAGING.includes(name));
    return [named(each), names.sort()];
  });
  const keyed = fields.filter(isPaged).map((each) => {
    return [named(each), typePolicies[each.type.name]?.fields?.[each.field.name]?.keyArgs?.toSorted()];
  });

  assert.deepEqual(keyed, filters);
});

test("Apollo's cache knows how to merge each object without an id", () => {
  const single = fields.filter((each) => isPart(each.of) && !isPaged(each) && !isListType(getNullableType(each.field.type)));
  const unknown = single.filter(({ of }) => typePolicies[of.name]?.merge === undefined);

  assert.ok(single.length > 10);
  assert.deepEqual(unknown.map(named), []);
});

test("Apollo's cache replaces each list of objects", () => {
  const stored = ({ type }) => !isPart(type) || typePolicies[type.name];
  const lists = fields.filter((each) => isCompositeType(each.of) && isListType(getNullableType(each.field.type)));
  const unknown = lists.filter(stored).filter(({ type, field }) => {
    return typePolicies[type.name]?.fields?.[field.name]?.merge === undefined;
  });

  assert.ok(lists.length > 10);
  assert.deepEqual(unknown.map(named), []);
});
