// The documents of docs/screens, the settings of docs/clients, and what every client with a cache is put through.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { register } from "node:module";
import { join, resolve } from "node:path";
import test, { after, before } from "node:test";
import { buildSchema, getNamedType, isObjectType, parse, print, visit } from "graphql";
import { does, staff, token } from "./site.mjs";

const docs = resolve(import.meta.dirname, "../../docs");
export const schema = buildSchema(readFileSync(join(docs, "../schema/schema.graphql"), "utf8"));
const folder = join(docs, "screens");
const texts = readdirSync(folder).map((file) => parse(readFileSync(join(folder, file), "utf8"), { noLocation: true }));
export const definitions = texts.flatMap((document) => document.definitions);
const fragments = new Map(
  definitions.filter(({ kind }) => kind === "FragmentDefinition").map((fragment) => [fragment.name.value, fragment]),
);
const operations = definitions.filter(({ kind }) => kind === "OperationDefinition");

/** Every field of the objects that a cache keeps, of which it must know how to store what is in it. */
export function storedFields() {
  const passing = /^(__|Mutation$)|(Payload|Connection|Edge)$|^(PageInfo|Problem|InputIssue)$/;
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !passing.test(type.name));
  return types.flatMap((type) =>
    Object.values(type.getFields()).map((field) => ({ type, field, of: getNamedType(field.type) })),
  );
}

export const isPart = (type) => isObjectType(type) && !type.getFields().id;
export const isPaged = ({ of }) => of.name.endsWith("Connection");

/** An operation of docs/screens, with the fragments that it spreads. */
export function screen(name) {
  const used = new Set();
  const collect = (node) =>
    visit(node, {
      FragmentSpread: ({ name: { value } }) => {
        if (used.has(value)) return;
        used.add(value);
        collect(fragments.get(value));
      },
    });
  const operation = operations.find((operation) => operation.name.value === name);
  collect(operation);
  return [operation, ...[...used].map((name) => fragments.get(name))].map(print).join("\n\n");
}

/** The settings of a client, as they stand in docs/clients; their imports are the packages of this folder. */
export async function settings(file) {
  const hook = `export const resolve = (name, context, next) =>
    next(name, name.startsWith(".") ? context : { ...context, parentURL: ${JSON.stringify(import.meta.url)} });`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
  return import(join(docs, "clients", file));
}

/** What a client has been given last: `data()`, and `changed()`, a promise of the next time. */
export class Watched {
  #data;
  #wake = { resolve() {}, reject() {} };

  constructor(data) {
    this.#data = data;
  }

  data = () => this.#data;
  changed = () => new Promise((resolve, reject) => (this.#wake = { resolve, reject }));

  push(data) {
    this.#data = data;
    this.#wake.resolve();
  }

  fail(error) {
    this.#wake.reject(error);
  }

  /** Wait until a condition holds. */
  async until(condition) {
    while (!condition(this.#data)) await this.changed();
    return this;
  }
}

const THREADS = 25;
let number = 0;

/** A campaign with 25 threads, the oldest of which has replies, and a guest who is not the client's. */
export async function discussion() {
  number += 1;
  const campaign = { slug: `screens-${process.pid}-${number}`, title: "A", callToAction: "B", target: "C", body: "D" };
  const consentQuestions = [{ text: "May we write to you?", textVersion: "1", required: true }];
  const created = await does(staff, "createCampaign", "campaign { id slug }", { ...campaign, consentQuestions });
  const { id, slug } = created.campaign;
  await does(staff, "changeCampaignState", "replayed", { campaignId: id, state: "LIVE" });
  const { accessToken: other } = await does(null, "introduce", "accessToken", { givenName: "Ada" });
  const post = async (body, parentId) =>
    (await does(other, "postComment", "comment { id }", { campaignId: id, body, parentId })).comment.id;
  const threads = [];
  for (let thread = 1; thread <= THREADS; thread += 1) threads.push(await post(`Thread ${thread}`));
  const reply = await post("A reply", threads[0]);
  const deep = await post("A deep reply", reply);
  return { id, slug, threads, reply, deep, other, post };
}

const bodies = (data) => data.campaign.comments.nodes.map(({ body }) => body?.html.replace(/<[^>]*>/g, ""));
const numbered = (from, to) => Array.from({ length: from - to + 1 }, (_, index) => `Thread ${from - index}`);
const thread = (data, id) => data.campaign.comments.nodes.find((node) => node.id === id);

/**
 * Put a client through the screens. `open(token)` gives one: `ask(name, variables)` for queries and mutations,
 * `watch(name, variables)` for what a page shows of the cache, `follow(name, variables)` for the messages of a
 * subscription, which go to the cache as well; and `requests`, the operations that were sent over HTTP.
 */
export function testScreens(open) {
  const complaints = [];
  const { warn, error } = console;
  before(() => {
    console.warn = console.error = (...told) => complaints.push(told.map(String).join(" ").slice(0, 400));
  });
  after(() => Object.assign(console, { warn, error }));

  /** A test with a client of its own, which must not warn of anything. */
  function testClient(promise, run, bearer = token) {
    test(promise, { timeout: 30_000 }, async () => {
      complaints.length = 0;
      const client = open(bearer);
      client.start = async (slug) => {
        const { campaign } = await client.ask("LiveStart", { slug });
        return campaign.activity.pageInfo.startCursor;
      };
      try {
        await run(client, await discussion());
      } finally {
        await client.close();
      }
      assert.deepEqual(complaints, []);
    });
  }

  testClient("the next threads are added to the page", async (client, { slug }) => {
    const page = await client.watch("Page", { slug });
    const { endCursor } = page.data().campaign.comments.pageInfo;
    assert.deepEqual(bodies(page.data()), numbered(25, 6));
    await client.ask("More", { slug, after: endCursor });
    await page.until((data) => data.campaign.comments.nodes.length === THREADS);

    assert.deepEqual(bodies(page.data()), numbered(25, 1));
    assert.equal(page.data().campaign.comments.pageInfo.hasNextPage, false);
    assert.equal(page.data().campaign.title, "A");
    assert.equal(client.requests.length, 2);
  });

  testClient("a page that comes twice is added once", async (client, { slug }) => {
    const page = await client.watch("Page", { slug });
    const after = page.data().campaign.comments.pageInfo.endCursor;
    await client.ask("More", { slug, after });
    await client.ask("More", { slug, after });
    await page.until((data) => data.campaign.comments.nodes.length === THREADS);

    assert.deepEqual(bodies(page.data()), numbered(25, 1));
  });

  testClient("every sort has a list of its own", async (client, { slug }) => {
    const newest = await client.watch("Page", { slug });
    const oldest = await client.watch("Page", { slug, sort: "OLDEST" });

    assert.equal(bodies(newest.data())[0], "Thread 25");
    assert.equal(bodies(oldest.data())[0], "Thread 1");
  });

  testClient("every screen leaves the page as it is", async (client, { id, slug, threads, deep, other }) => {
    await does(token, "castVote", "replayed", { commentId: threads[20], direction: "UP" });
    await does(token, "addReaction", "replayed", { commentId: threads[20], kind: "HEART" });
    await does(other, "flagComment", "replayed", { commentId: threads[20], reason: "OTHER" });
    const page = await client.watch("Page", { slug });
    const shown = structuredClone(page.data());
    for (const [name, variables] of [
      ["Thread", { comment: threads[0] }],
      ["Permalink", { slug, comment: deep }],
      ["Ticker", { slug }],
      ["Form", { slug }],
      ["Preview", { campaign: id, name: { givenName: "Ada" } }],
      ["MyActivity", {}],
      ["Queue", {}],
      ["SyncComments", { slug }],
      ["SyncEvents", {}],
      ["Page", { slug }],
    ]) {
      const answer = await client.ask(name, variables);
      assert.ok(Object.values(answer).every(Boolean), name);
    }

    assert.deepEqual(page.data(), shown);
  }, staff);

  testClient("a thread has its replies in order, and takes a new one", async (client, at) => {
    const { id, slug, threads, reply, deep, post } = at;
    const [comment] = threads;
    const after = await client.start(slug);
    const page = await client.watch("Thread", { comment });
    const replies = () => page.data().node.descendants.nodes.map((node) => node.id);
    assert.deepEqual(replies(), [reply, deep]);
    client.follow("LiveComments", { campaign: id, after });
    const last = await post("To the thread", comment);
    await page.until(() => replies().length === 3);
    const between = await post("To the reply", reply);
    await page.until(() => replies().length === 4);

    assert.deepEqual(replies(), [reply, deep, between, last]);
    assert.deepEqual(client.requests, ["LiveStart", "Thread"]);
  });

  testClient("a permalink opens the list around its comment", async (client, { slug, threads, reply, deep }) => {
    const page = await client.watch("Page", { slug });
    const permalink = await client.watch("Permalink", { slug, comment: deep });
    const found = thread(permalink.data(), threads[0]);

    assert.deepEqual(found.descendants.nodes.map((node) => node.id), [reply, deep]);
    assert.equal(permalink.data().campaign.comments.nodes.length, 5);
    assert.deepEqual(bodies(page.data()), numbered(25, 6));
  });

  testClient("a ticker has a line for each kind of event", async (client, { id, slug, threads, other }) => {
    const ticker = await client.watch("Ticker", { slug });
    const { pageInfo } = ticker.data().campaign.activity;
    await does(other, "addReaction", "replayed", { commentId: threads[0], kind: "CANDLE" });
    await does(staff, "postUpdate", "replayed", { campaignId: id, title: "News", body: "Good." });
    const events = client.follow("Follow", { campaign: id, after: pageInfo.startCursor });
    await events.until(({ length }) => length === 2);
    const [reacted, posted] = events.data().map(({ activity }) => activity.activity);

    assert.deepEqual([reacted.kind, reacted.reaction], ["REACTED", "CANDLE"]);
    assert.deepEqual([posted.kind, posted.update.title], ["UPDATE_POSTED", "News"]);
    assert.equal(ticker.data().campaign.activity.nodes[0].kind, "REPLIED");
    assert.equal(client.requests.length, 1);
  });

  testClient("the page shows what others do, without another request", async (client, at) => {
    const { id, slug, threads, other, post } = at;
    const after = await client.start(slug);
    const page = await client.watch("Page", { slug });
    const shownThread = (comment) => thread(page.data(), comment);
    client.follow("LiveComments", { campaign: id, after });
    await client.follow("Pulse", { campaign: id }).until(({ length }) => length);

    const fresh = await post("A new thread");
    await page.until(() => shownThread(fresh));
    assert.equal(bodies(page.data())[0], "A new thread");
    await page.until((data) => data.campaign.commentStats.threadCount === THREADS + 1);

    const reply = await post("A new reply", threads[24]);
    await page.until(() => shownThread(threads[24]).replies.nodes.some((node) => node.id === reply));
    await page.until(() => shownThread(threads[24]).descendantCount === 1);

    await does(other, "editComment", "replayed", { commentId: threads[23], body: "Better said" });
    await page.until((data) => bodies(data).includes("Better said"));

    await does(other, "castVote", "replayed", { commentId: threads[22], direction: "UP" });
    await does(other, "addReaction", "replayed", { commentId: threads[22], kind: "HEART" });
    await page.until(() => shownThread(threads[22]).votes.score === 1);
    await page.until(() => shownThread(threads[22]).reactions.some(({ kind, count }) => kind === "HEART" && count === 1));
    assert.equal(shownThread(threads[22]).votes.viewerVote, null);
    assert.equal(shownThread(threads[22]).reactions.every((group) => group.viewerHasReacted === false), true);

    await does(other, "deleteComment", "replayed", { commentId: threads[21] });
    await page.until(() => !shownThread(threads[21]));
    await does(other, "deleteComment", "replayed", { commentId: threads[24] });
    await page.until(() => shownThread(threads[24]).body === null);
    assert.equal(shownThread(threads[24]).replies.nodes.length, 1);

    await does(staff, "moderateComment", "replayed", { commentId: threads[19], decision: "REJECT" });
    await page.until(() => !shownThread(threads[19]));
    await does(staff, "moderateComment", "replayed", { commentId: threads[19], decision: "RESTORE" });
    await page.until(() => shownThread(threads[19]));
    assert.deepEqual(bodies(page.data()).slice(4, 7), ["Thread 21", "Thread 20", "Thread 19"]);

    assert.deepEqual(client.requests, ["LiveStart", "Page"]);
  });

  testClient("a signature changes the counter, and its comment is on the page", async (client, { id, slug }) => {
    const page = await client.watch("Page", { slug });
    const form = await client.ask("Form", { slug });
    const [{ textVersion }] = form.campaign.consentQuestions;
    const name = { givenName: "Katharina", familyName: "Sommer" };
    const { namePreviews } = await client.ask("Preview", { campaign: id, name });
    assert.deepEqual(namePreviews.map(({ displayName }) => displayName).slice(0, 2), ["Katharina Sommer", "Katharina S."]);

    const input = { ...name, campaignId: id, email: `k-${process.pid}-${number}@example.org`, comment: "I stand with them" };
    const refused = await client.ask("Sign", { input });
    assert.deepEqual(refused.signPetition.issues.map(({ reason }) => reason), ["EMPTY"]);
    assert.equal(page.data().campaign.supporters.total, 0);
    const signed = await client.ask("Sign", { input: { ...input, consents: [{ granted: true, textVersion }] } });
    await page.until((data) => data.campaign.supporters.total === 1);

    assert.equal(signed.signPetition.viewer.role, "GUEST");
    assert.equal(page.data().campaign.goal.remaining, 99);
    assert.equal(bodies(page.data())[0], "I stand with them");
    assert.equal(client.requests.length, 5);
  }, null);
}
