'use strict';
// Runs the scenarios of one script one after the other against the broker that the environment names, prints one
// line for each, and ends with code 1 if one of them failed. Shared by the scripts of interop-tests/*-node.

const assert = require('node:assert/strict');
const { randomUUID } = require('node:crypto');

const SCENARIO_TIMEOUT_MS = 30_000;

const scenarios = [];

const scenario = (name, body) => scenarios.push({ name, body });

const environment = (name) => {
  const value = process.env[name];
  assert.ok(value, `${name} is not set`);
  return value;
};

/** A name that no other scenario uses. */
const unique = (prefix) => `${prefix}-${randomUUID().slice(0, 8)}`;

const within = (promise, what, milliseconds = SCENARIO_TIMEOUT_MS) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/** Resolves with the arguments of the next event of that name. */
const event = (emitter, name, milliseconds) =>
  within(new Promise((resolve) => emitter.once(name, (...values) => resolve(values))), `event ${name}`, milliseconds);

/** Asks until the answer passes, because some effects have no event of their own (an expiry, a closed peer). */
const until = async (what, ask, passes, milliseconds = 10_000) => {
  const end = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (passes(answer)) return answer;
    if (Date.now() > end) throw new Error(`${what}: still ${JSON.stringify(answer)} after ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

const run = async () => {
  let failed = 0;
  for (const { name, body } of scenarios) {
    try {
      await within(body(), name);
      console.log(`ok    ${name}`);
    } catch (failure) {
      failed += 1;
      console.log(`FAIL  ${name}\n${failure.stack}`);
    }
  }
  console.log(`${scenarios.length - failed} of ${scenarios.length} passed`);
  // Connections that a failed scenario left open must not keep the process alive.
  process.exit(failed === 0 && scenarios.length > 0 ? 0 : 1);
};

setImmediate(run);

module.exports = { scenario, environment, unique, within, event, until, assert };
