// The audits of GraphQL over HTTP, by graphql-http.
import assert from "node:assert/strict";
import test from "node:test";
import { serverAudits } from "graphql-http";
import { url } from "./site.mjs";

const audits = serverAudits({ url });

test("there are as many audits as we know of", () => {
  assert.equal(audits.length, 61);
});

for (const { id, name, fn } of audits) {
  test(`${id}: ${name}`, async () => {
    const { status, reason } = await fn();

    assert.equal(status, "ok", reason);
  });
}
