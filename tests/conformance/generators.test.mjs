// Generated clients: what the generators make of the printed schema type-checks, and Relay's runtime can work with it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import test, { before } from "node:test";
import { promisify } from "node:util";
import { codegen } from "@graphql-codegen/core";
import { preset } from "@graphql-codegen/client-preset";
import { buildSchema, parse, print, visit } from "graphql";
import { createClient } from "graphql-ws";
import relay from "relay-runtime";
import WebSocket from "ws";
import { Watched, definitions, discussion, settings } from "./screens.mjs";
import { authorization, campaign, does, now, post, slug, socket, url } from "./site.mjs";

const here = import.meta.dirname;
const generated = join(here, "clients/generated");
const SCREENS_CONFIG = "clients/generated/screens/relay.config.json";
const TEXTS = ["CountryCode", "CurrencyCode", "Date", "DateTime", "EmailAddress", "URL"];
const SCALARS = { ...Object.fromEntries(TEXTS.map((name) => [name, "string"])), SafeInt: "number" };

before(async () => {
  await rm(generated, { recursive: true, force: true });
  await mkdir(join(generated, "relay"), { recursive: true });
  await mkdir(join(generated, "screens/artifacts"), { recursive: true });
});

/** Run a program of the packages here; what it says is its failure. */
async function run(program, ...given) {
  const path = join(here, "node_modules/.bin", program);
  await promisify(execFile)(path, given, { cwd: here }).catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
}

test("relay-compiler makes artifacts of a page with a pagination fragment", () =>
  run("relay-compiler", "relay.config.json"));

test("relay-compiler makes artifacts of the screens in docs", async () => {
  await writeFile(join(generated, "screens/screens.ts"), `import { graphql } from "relay-runtime";\n${tags()}`);
  const base = JSON.parse(await readFile(join(here, "relay.config.json"), "utf8"));
  const folders = { src: "./clients/generated/screens", artifactDirectory: "./clients/generated/screens/artifacts" };
  await writeFile(join(here, SCREENS_CONFIG), JSON.stringify({ ...base, ...folders }));
  await run("relay-compiler", SCREENS_CONFIG).finally(() => rm(join(here, SCREENS_CONFIG)));
});

/** The screens as Relay wants them: names begin with the module's, and errors are thrown in place of nulls. */
function tags() {
  const rename = ({ name }) => ({ kind: "Name", value: `screens${name.value}` });
  const directive = (value) => [{ kind: "Directive", name: { kind: "Name", value } }];
  const strict = directive("throwOnFieldError");
  const renamed = (definition) =>
    visit(definition, {
      FragmentSpread(node, key, parent, path, ancestors) {
        const mayNotMatch = ancestors.at(-2).kind === "InlineFragment";
        return { ...node, name: rename(node), directives: mayNotMatch ? directive("alias") : [] };
      },
      FragmentDefinition: (node) => ({ ...node, name: rename(node), directives: strict }),
      OperationDefinition(node) {
        const { value } = rename(node);
        const kind = node.operation[0].toUpperCase() + node.operation.slice(1);
        const directives = node.operation === "query" ? strict : [];
        return { ...node, name: { kind: "Name", value: value + kind }, directives };
      },
    });
  return definitions.map((definition) => `graphql\`\n${print(renamed(definition))}\n\`;\n`).join("\n");
}

test("gql.tada reads the schema", () => run("gql-tada", "generate-output"));

test("graphql-codegen's client preset makes a client", async () => {
  const sdl = await readFile(join(here, "../../schema/schema.graphql"), "utf8");
  const location = join(here, "clients/codegen/operations.graphql");
  const rawSDL = await readFile(location, "utf8");
  const files = await preset.buildGeneratesSection({
    baseOutputDir: `${generated}/codegen/`,
    schema: parse(sdl),
    schemaAst: buildSchema(sdl),
    documents: [{ location, document: parse(rawSDL), rawSDL }],
    // @semanticNonNull: a client that throws the errors of an answer never sees their nulls
    config: { nullability: { errorHandlingClient: true }, strictScalars: true, scalars: SCALARS },
    presetConfig: {},
    plugins: [],
    pluginMap: {},
  });
  for (const file of files) {
    await mkdir(dirname(file.filename), { recursive: true });
    await writeFile(file.filename, await codegen(file));
  }

  assert.ok(files.length);
});

test("the generated clients type-check, strictly", () => run("tsc", "--project", "."));

// ---------------------------------------------------------------- relay-runtime, with the artifacts

const { liveCommentsUpdater, missingFieldHandlers } = await settings("relay.mjs");
const { ConnectionHandler, Environment, Network, Observable, RecordSource, Store } = relay;

function artifact(name) {
  return createRequire(import.meta.url)(`${generated}/built/generated/relay/${name}.graphql.js`).default;
}

function environment(connection) {
  const ask = async ({ text }, variables) => {
    const headers = { "content-type": "application/json", accept: "application/graphql-response+json", authorization };
    return (await fetch(url, { method: "POST", headers, body: JSON.stringify({ query: text, variables }) })).json();
  };
  const follow = ({ text }, variables) =>
    Observable.create((sink) => connection.subscribe({ query: text, variables }, sink));
  const network = Network.create(ask, follow);
  return new Environment({ network, store: new Store(new RecordSource()), missingFieldHandlers });
}

/** What the page's fragment shows of the store now. */
function shown(store, variables) {
  const page = store.lookup(relay.createOperationDescriptor(artifact("pageQuery"), variables).fragment).data;
  const fragment = relay.getSelector(artifact("pageComments"), page.campaign);
  return store.lookup(fragment).data.comments;
}

test("relay-runtime reads a page, then the next one by the refetch of its fragment", async () => {
  const store = environment();
  const variables = { slug, count: 2, cursor: null };
  const page = await relay.fetchQuery(store, artifact("pageQuery"), variables).toPromise();
  const { pageInfo } = shown(store, variables);
  const next = { id: page.campaign.id, count: 2, cursor: pageInfo.endCursor };
  await relay.fetchQuery(store, artifact("pageCommentsPaginationQuery"), next).toPromise();
  const texts = shown(store, variables).edges.map(({ node }) => node.body.text);

  assert.equal(pageInfo.hasNextPage, true);
  assert.deepEqual(texts, ["Comment 1", "Comment 2", "Comment 3", "Comment 4"]);
});

test("relay-runtime appends what a mutation made to its connection", async () => {
  const store = environment();
  const variables = { slug, count: 2, cursor: null };
  await relay.fetchQuery(store, artifact("pageQuery"), variables).toPromise();
  const connections = [ConnectionHandler.getConnectionID(campaign, "page_comments")];
  const input = { campaignId: campaign, body: "by Relay" };
  await new Promise((onCompleted, onError) => {
    const mutation = artifact("pagePostMutation");
    relay.commitMutation(store, { mutation, variables: { input, connections }, onCompleted, onError });
  });

  assert.equal(shown(store, variables).edges.at(-1).node.body.text, "by Relay");
});

test("relay-runtime follows a subscription", async () => {
  const connection = createClient({ url: socket, webSocketImpl: WebSocket });
  const variables = { campaign, after: await now() };
  const { id } = await post("for Relay");
  const event = await new Promise((onNext, onError) => {
    const subscription = artifact("pageFollowSubscription");
    relay.requestSubscription(environment(connection), { subscription, variables, onNext, onError });
  });
  await connection.dispose();

  assert.equal(event.activity.activity.comment.id, id);
});

const KINDS = ["COMMENTED", "REPLIED", "COMMENT_EDITED", "COMMENT_REMOVED", "COMMENT_RESTORED"];

test("relay-runtime shows new threads and hides removed ones, with the updater in docs", async () => {
  const { id, threads, other, post: start } = await discussion();
  const connection = createClient({ url: socket, webSocketImpl: WebSocket });
  const store = environment(connection);
  const page = relay.createOperationDescriptor(artifact("liveQuery"), { campaign: id, count: 3, cursor: null });
  await relay.fetchQuery(store, artifact("liveQuery"), page.request.variables).toPromise();
  store.retain(page);
  const events = new Watched(0);
  const subscription = artifact("liveCommentsSubscription");
  const { dispose } = relay.requestSubscription(store, {
    subscription,
    variables: { campaign: id, after: await now(id, KINDS) },
    updater: liveCommentsUpdater("live_comments"),
    onNext: () => events.push(events.data() + 1),
    onError: (error) => events.fail(error),
  });
  const added = await start("A new thread");
  await does(other, "deleteComment", "replayed", { commentId: threads.at(-1) });
  await events.until((count) => count === 2);
  dispose();
  await connection.dispose();
  const nodes = store.lookup(page.fragment).data.campaign.comments.edges.map(({ node }) => node);

  assert.deepEqual(nodes.map((node) => node.id), [added, ...threads.slice(-3).reverse()]);
  assert.deepEqual(nodes.map(({ body }) => body?.text), ["A new thread", undefined, "Thread 24", "Thread 23"]);
});

test("relay-runtime finds a comment in the store, by the handlers in docs", async () => {
  const store = environment();
  const page = { campaign, count: 1, cursor: null };
  const { campaign: shown } = await relay.fetchQuery(store, artifact("liveQuery"), page).toPromise();
  const [{ node }] = shown.comments.edges;
  const query = relay.createOperationDescriptor(artifact("liveNodeQuery"), { comment: node.id });

  assert.equal(store.check(query).status, "available");
  assert.deepEqual(store.lookup(query.fragment).data, { node: { id: node.id, depth: 0 } });
});
