// Starts the server that operators start, on a database of its own, and runs every test here against it.
import { readdirSync } from "node:fs";
import { run } from "node:test";
import { inspect } from "node:util";
import { serve } from "./server.mjs";

const named = process.argv.slice(2);
const here = import.meta.dirname;
const files = readdirSync(here).filter((file) => file.endsWith(".test.mjs"));
const chosen = named.length ? files.filter((file) => named.some((name) => file.startsWith(name))) : files;

const started = Date.now();
const server = await serve();
Object.assign(process.env, server.environment);
const counts = { passed: 0, failed: 0, skipped: 0 };

/** Groups are no tests; a file is one only if it fails as a whole. */
function told({ name, file, details }, type) {
  return details.type !== "suite" && (type === "test:fail" || name !== file);
}

function count(type, { name, skip, details, file, line }) {
  if (skip !== undefined) {
    counts.skipped += 1;
    console.log(`skipped: ${name} (${skip})`);
  } else if (type === "test:pass") {
    counts.passed += 1;
  } else {
    counts.failed += 1;
    console.error(`\nFAILED ${name} (${file}:${line})\n${details.error.cause?.stack ?? inspect(details.error)}`);
  }
}

try {
  const tests = run({ files: chosen.map((file) => `${here}/${file}`), timeout: 120_000 });
  for await (const { type, data } of tests) {
    if ((type === "test:pass" || type === "test:fail") && told(data, type)) count(type, data);
    if (type === "test:stderr") process.stderr.write(data.message);
  }
} finally {
  const log = await server.stop();
  if (log) {
    counts.failed += 1;
    console.error(`\nFAILED the server met errors of its own\n${log}`);
  }
}

const seconds = Math.round((Date.now() - started) / 1000);
console.log(`${chosen.length} files against one server in ${seconds} seconds`);
console.log(`conformance: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed || !counts.passed ? 1 : 0;
