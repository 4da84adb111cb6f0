'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { PROGRESS, newHistory } = require('../lib/browser/reconnect/history.js');
const { follow, nextStep } = require('../lib/browser/reconnect/next-step.js');
const { SilenceClock } = require('../lib/browser/silence.js');
const cases = require('../tests/reconnect/next_step.json');

/**
 * What a browser does not have: pools of endpoints, connections of its own that waited, and readers of answers with a
 * deadline, which advise.
 */
const OF_THE_CORE = ['pool', 'stale', 'leftMs', 'advice'];

const PROGRESS_OF = { none: PROGRESS.none, event: PROGRESS.event, 'new-id': PROGRESS.newId };

/** A policy by its name, or one that says how it differs from another. */
function policyOf(given) {
  const all =
    typeof given === 'string'
      ? cases.policies[given]
      : { ...cases.policies[given.of], ...given, of: undefined };
  const statuses = all.statuses.flatMap((status) =>
    Array.isArray(status)
      ? Array.from({ length: status[1] - status[0] + 1 }, (_, index) => status[0] + index)
      : status,
  );
  return {
    attempts: all.attempts,
    elapsed: all.elapsedMs,
    resetAfter: all.resetAfterMs ?? Number.POSITIVE_INFINITY,
    recoverAfter: all.recoverAfterMs,
    statuses,
    unsafe: all.unsafe,
    retryAfterCap: all.retryAfterCapMs,
    backoff: {
      base: all.baseMs,
      factor: all.factor,
      min: all.minMs,
      max: all.maxMs,
      jitter: jitterOf(all.jitter),
    },
  };
}

function jitterOf(given) {
  if (typeof given === 'string') return { kind: given };
  const [[name, value]] = Object.entries(given);
  return { kind: name.replace('Ms', '').toLowerCase(), value };
}

function historyOf(given = {}) {
  return {
    ...newHistory(),
    failures: given.failures ?? 0,
    previous: given.previousMs ?? null,
    told: given.retryFieldMs ?? null,
    outageSince: given.outageSinceMs ?? null,
    connectedAt: given.connectedAtMs ?? null,
    progress: PROGRESS_OF[given.progress ?? 'none'],
    waited: given.waitedMs ?? 0,
  };
}

/** A step as the cases write it. */
function shown({ delay, retryAfter, ...step }) {
  if (delay !== undefined) step.delayMs = Math.round(delay);
  if (retryAfter !== undefined) step.retryAfterMs = Math.round(retryAfter);
  return step;
}

function run(given) {
  const { safe = false, delivered = false, terminalDeclared = false } = given.request ?? {};
  const { retryAfterMs, ...ending } = given.ending;
  const policy = policyOf(given.policy);
  const facts = {
    history: historyOf(given.history),
    ending: { ...ending, retryAfter: retryAfterMs },
    request: { safe, delivered, terminalDeclared },
    shouldRetry: given.shouldRetry === undefined ? 'absent' : 'unasked',
    now: given.nowMs ?? 0,
    chance: given.chance ?? 0.5,
  };
  const steps = [];
  for (;;) {
    const step = nextStep(policy, facts);
    steps.push(shown(step));
    if (step.do !== 'ask-caller') {
      const after = step.do === 'retry' ? follow(policy, facts, step) : undefined;
      return { steps, after };
    }
    facts.shouldRetry = given.shouldRetry;
  }
}

const isOfTheCore = (given) =>
  OF_THE_CORE.some((field) => given[field] !== undefined) || given.history?.moves !== undefined;

let ran = 0;
for (const { about, cases: group } of cases.groups) {
  const here = group.filter((given) => !isOfTheCore(given));
  if (here.length === 0) continue;
  describe(about, () => {
    for (const given of here) {
      ran += 1;
      test(given.case, () => {
        const { steps, after } = run(given);
        assert.deepEqual(steps, given.steps);
        if (given.historyAfter) assert.deepEqual(after, historyOf(given.historyAfter));
      });
    }
  });
}

test('the cases that a browser cannot meet are those of pools, kept connections and answers', () => {
  const all = cases.groups.flatMap(({ cases: group }) => group);
  const left = all.filter(isOfTheCore);
  assert.equal(ran + left.length, all.length);
  assert.ok(ran >= 90, `${ran} of ${all.length} cases ran`);
});

test('a page that tells twice of its coming back leaves what waited its time to arrive', (t) => {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const pass = (ms) => {
    now += ms;
    t.mock.timers.tick(ms);
  };
  let silent = 0;
  const clock = new SilenceClock(1500, () => {
    silent += 1;
  });
  clock.heard();
  // Frozen: no timer runs.
  now += 4000;
  clock.look();
  now += 5;
  clock.look();
  assert.equal(silent, 0);
  clock.heard();
  pass(1400);
  assert.equal(silent, 0);
  pass(200);
  assert.equal(silent, 1);
});
