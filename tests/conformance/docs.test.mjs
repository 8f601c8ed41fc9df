// The live client that docs/front-end.md shows, as it stands there.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import test from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";
import { campaign, now, post, socket as url, token } from "./site.mjs";

const page = await readFile(join(resolve(import.meta.dirname, "../.."), "docs/front-end.md"), "utf8");
const [, script] = page.match(/^```js\n(const FOLLOW.*?)^```$/ms);
const { follow } = await import(`data:text/javascript,${encodeURIComponent(script)}`);

const sockets = [];
globalThis.WebSocket = class extends WebSocket {
  constructor(...options) {
    super(...options);
    sockets.push(this);
  }
};

async function until(condition) {
  for (let tries = 0; !condition(); tries += 1) {
    assert.ok(tries < 1000, "it did not happen");
    await pause(10);
  }
}

test("the documented client loses and repeats nothing when its connection is lost", async () => {
  const after = await now();
  const shown = [];
  const show = ({ subjectId }) => shown.push(subjectId);
  const posted = [await post("before it follows")];
  const stop = follow({ url, campaign, after, token, show });
  await until(() => shown.length === 1);
  posted.push(await post("while it follows"));
  await until(() => shown.length === 2);
  sockets.at(-1).terminate();
  posted.push(await post("while its connection is lost"));
  await until(() => shown.length === 3);
  posted.push(await post("after it has resumed"));
  await until(() => shown.length === 4);
  stop();

  assert.equal(sockets.length, 2);
  assert.deepEqual(shown, posted.map(({ id }) => id));
});

test("the documented client gives up when trying again would not help", async () => {
  const reasons = [];
  const fail = (reason) => reasons.push(reason);
  follow({ url, campaign, token: "nonsense", show: assert.fail, fail });
  follow({ url, campaign, after: "nonsense", show: assert.fail, fail });
  await until(() => reasons.length === 2);
  const opened = sockets.length;
  await pause(3500);

  assert.equal(sockets.length, opened);
  assert.ok(reasons.some((reason) => String(reason).startsWith("4403")), String(reasons));
  assert.ok(reasons.some((reason) => reason[0]?.extensions?.code === "INVALID_CURSOR"), JSON.stringify(reasons));
});
