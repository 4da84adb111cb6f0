// `npm run demo [-- seed | --web]`: one stream of 1,000 events, and a server that does its worst; then one
// question under four policies, and a provider that breaks off in the middle of its answer.

import { connect, version } from 'perennial-sse';
import { FAULTS } from './demo/faults.mjs';
import { HostileServer } from './demo/hostile-server.mjs';
import { planFaults } from './demo/plan.mjs';
import { askUnderEveryPolicy } from './demo/policies.mjs';
import { prove } from './demo/proof.mjs';
import { bold, count, dim, green, red, Screen, seconds, yellow } from './demo/screen.mjs';

if (process.argv.includes('--web')) {
  await import('./demo/web.mjs');
  await new Promise(() => {});
}

const TOTAL = 1000;
const seed = Number(process.argv[2] ?? 1);

const plan = planFaults(TOTAL, seed);
const server = new HostileServer(TOTAL, plan);
await server.listen();

// Shorter waits than the defaults, which are meant for servers on the Internet.
const stream = connect(server.url, {
  terminal: { event: 'done' },
  retry: { baseDelay: 200, maxDelay: 1000, resetAfter: 300 },
  timeouts: { idle: 800, total: 60_000 },
});

const screen = new Screen(TOTAL, () => stream.retryState.state);
const title = `Perennial ${version}: ${count(TOTAL)} events, ${plan.size} faults`;
screen.print(`\n${bold(title)} ${dim(`(${stream.url}, seed ${seed})`)}\n`);

/** What the client noticed, and how often. */
const noticed = new Map();

stream.on('retry', ({ attempt, delay, error }) => {
  const code = error ? error.code : 'clean end';
  noticed.set(code, (noticed.get(code) ?? 0) + 1);
  const [sentence] = error ? error.message.split(';') : ['the server ended the stream'];
  const told = error?.retryAfter ? `, as Retry-After: ${error.retryAfter / 1000} demands` : '';
  screen.note(sentence, `${yellow(code)} · retry ${attempt} in ${delay} ms${told}`);
});

const events = [];
let digest = '';
stream.on('event', (event) => {
  if (event.event === 'done') {
    digest = event.data;
  } else {
    events.push(event);
    screen.progress(events.length);
  }
});

const failure = await stream.closed.then(
  () => null,
  (error) => error,
);
const { attempts, retries, downtime } = stream.stats;
screen.end();
await server.close();

const proof = prove({ total: TOTAL, events, digest, plan, committed: server.committed });

/** Claims, and whether each holds; a failure first, if there was one. */
const show = (claims, error) => {
  screen.print(`\n${bold('Proof')}`);
  if (error) screen.print(`  ${red('FAILED')}  ${error.code}: ${error.message}`);
  for (const { claim, holds } of claims) {
    screen.print(`  ${holds ? green('ok    ') : red('FAILED')}  ${claim}`);
  }
};

show(proof, failure);

screen.print(`\n${bold('Faults survived')}`);
for (const [kind, { label }] of Object.entries(FAULTS)) {
  screen.print(`  ${String(server.committed.get(kind) ?? 0).padStart(6)}  ${label}`);
}

screen.print(`\n${bold('As the client saw them')}`);
for (const [code, times] of noticed) screen.print(`  ${String(times).padStart(6)}  ${code}`);

screen.print(`\n${bold('Time')}`);
screen.print(
  `  ${seconds(screen.elapsed)} in all, ${seconds(downtime)} of it lost without a connection`,
);
screen.print(`  ${attempts} attempts, ${retries} of them retries\n`);

const answered = await askUnderEveryPolicy();
show(answered);
screen.print();

process.exitCode = !failure && [...proof, ...answered].every(({ holds }) => holds) ? 0 : 1;
