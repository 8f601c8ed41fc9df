// A real server: `cli.py serve` on a new SQLite database and a free port, with a campaign and a guest.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const house = resolve(import.meta.dirname, "../..");
const python = join(house, ".venv/bin/python");
const TOKEN = ["cli.py", "token", "--role", "ADMIN", "--name", "Ada Lovelace"];

const CAMPAIGN = {
  slug: "conformance",
  title: "Let every client in",
  callToAction: "Ask every client for what it asks for.",
  target: "The server",
  body: "What one client can do[^1], the others can.",
  footnotes: [{ text: "And the other way round." }],
};

/** Start a server: `environment` is what the tests must know of it, and `stop` gives its log if that has errors. */
export async function serve() {
  const folder = await mkdtemp(join(tmpdir(), "conformance-"));
  const port = await freePort();
  const env = {
    ...process.env,
    DATABASE_URL: `sqlite://${folder}/site.db`,
    RATE_LIMITS: "off",
    COUNTER_SECONDS: "0",
    HOST: "127.0.0.1",
    PORT: String(port),
    BATCH_LIMIT: "10",
    CONNECTION_INIT_SECONDS: "1",
  };
  const server = spawn(python, ["cli.py", "serve"], { cwd: house, env, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  server.stderr.on("data", (text) => (log += text));
  const url = `http://127.0.0.1:${port}/graphql`;
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill("SIGTERM");
      await once(server, "exit");
    }
    await rm(folder, { recursive: true });
    return /^(ERROR|Traceback)/m.test(log) ? log : "";
  };
  try {
    await ready(server, `http://127.0.0.1:${port}/readyz`, () => log);
    const { stdout } = await promisify(execFile)(python, TOKEN, { cwd: house, env });
    const staff = stdout.trim();
    return { environment: { SERVER_URL: url, STAFF_TOKEN: staff, ...(await furnish(url, staff)) }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  await once(listener, "close");
  return port;
}

async function ready(server, url, log) {
  for (let tries = 0; tries < 600; tries += 1) {
    if (server.exitCode !== null) throw new Error(`The server ended:\n${log()}`);
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    await pause(50);
  }
  throw new Error(`The server did not get ready:\n${log()}`);
}

/** A live campaign with five threads, and a guest's token. */
async function furnish(url, staff) {
  const { createCampaign } = await ask(url, staff, `mutation ($input: CreateCampaignInput!) {
    createCampaign(input: $input) { ... on CreateCampaignPayload { campaign { id } } }
  }`, { input: CAMPAIGN });
  const { id } = createCampaign.campaign;
  await ask(url, staff, `mutation ($id: ID!) {
    changeCampaignState(input: { campaignId: $id, state: LIVE }) { __typename }
  }`, { id });
  const { introduce } = await ask(url, null, `mutation {
    introduce(input: { givenName: "Katharina", familyName: "Sommer" }) { ... on IntroducePayload { accessToken } }
  }`);
  for (const number of [1, 2, 3, 4, 5]) {
    await ask(url, introduce.accessToken, `mutation ($id: ID!, $body: String!) {
      postComment(input: { campaignId: $id, body: $body }) { ... on PostCommentPayload { comment { id } } }
    }`, { id, body: `Comment ${number}` });
  }
  return { CAMPAIGN_ID: id, CAMPAIGN_SLUG: CAMPAIGN.slug, GUEST_TOKEN: introduce.accessToken };
}

async function ask(url, token, query, variables) {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
