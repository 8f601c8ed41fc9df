// The printed schema is clean by other people's rules, and breaks no promise that was released.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import test from "node:test";
import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { ESLint } from "eslint";
import { buildSchema } from "graphql";

const here = import.meta.dirname;
const house = resolve(here, "../..");
const PRINTED = "schema/schema.graphql";

test("graphql-eslint finds nothing", async () => {
  const eslint = new ESLint({ cwd: house, overrideConfigFile: resolve(here, "eslint.config.mjs") });
  const [{ messages }] = await eslint.lintFiles([PRINTED]);

  assert.deepEqual(messages, []);
});

test("graphql-schema-linter finds nothing", () => {
  const linter = resolve(here, "node_modules/.bin/graphql-schema-linter");
  const { status, stdout, stderr } = run(linter, "--config-directory", here, PRINTED);

  assert.equal(status, 0, stdout + stderr);
});

test("graphql-inspector finds no breaking change since the last release", async (t) => {
  const tag = lastTag();
  if (!tag) return t.skip("nothing is released yet: there is no git tag");
  const released = buildSchema(run("git", "show", `${tag}:${PRINTED}`).stdout);
  const changes = await diff(released, buildSchema(readFileSync(resolve(house, PRINTED), "utf8")));
  const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);

  assert.deepEqual(breaking.map(({ message }) => message), []);
});

/** The newest release that led here; empty if there is none, or this is no git clone. */
function lastTag() {
  return run("git", "describe", "--tags", "--abbrev=0").stdout.trim();
}

function run(program, ...given) {
  return spawnSync(program, given, { cwd: house, encoding: "utf8" });
}
