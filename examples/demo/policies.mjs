// The same question under every resume policy, to a provider that breaks off in the middle, and what
// each must come to.

import { chat } from 'perennial-sse';
import { ANSWER, Provider } from './provider.mjs';
import { bold, dim, Prompter, yellow } from './screen.mjs';

const QUESTION = 'What makes a river perennial?';

/** What each policy needs beside its name. */
const POLICIES = {
  fail: {},
  restart: {},
  continue: { prefill: 'deepseek' },
  server: { provider: 'responses' },
};

/**
 * Asks under every policy and shows each answer as it comes.
 *
 * @returns {Promise<{ claim: string, holds: boolean }[]>} the proof
 */
export async function askUnderEveryPolicy() {
  console.log(`${bold('One question, four policies')} ${dim(`(${QUESTION})`)}\n`);
  const proof = [];
  for (const [resume, more] of Object.entries(POLICIES)) {
    const provider = new Provider();
    await provider.listen();
    try {
      proof.push(PROOFS[resume]({ ...(await ask(provider, resume, more)), provider }));
    } finally {
      provider.close();
    }
  }
  return proof;
}

/** Streams one answer to the terminal; gives what came of it. */
async function ask(provider, resume, more) {
  const answer = chat({
    baseUrl: provider.url,
    apiKey: null,
    model: 'demo',
    messages: [{ role: 'user', content: QUESTION }],
    resume,
    retry: { baseDelay: 200, jitter: 'none' },
    deadline: 10_000,
    ...more,
  });
  const prompter = new Prompter(resume);
  let resets = 0;
  answer.on('content', (text) => prompter.say(text));
  answer.on('retry', ({ error, delay }) => {
    prompter.note(`${yellow(error.code)} ${dim(`· attempt 2 in ${delay} ms`)}`);
  });
  answer.on('reset', () => {
    resets += 1;
    prompter.note(dim('reset: what came before is void'));
  });
  answer.on('error', ({ code }) => prompter.note(yellow(code)));
  const failure = await answer.closed.then(
    () => null,
    (error) => error,
  );
  prompter.end();
  const text = failure ? failure.partial.content : answer.snapshot().content;
  return { text, failure, resets };
}

const asked = ({ requests }) => requests.map(({ method }) => method).join(', ');
const whole = ({ text, failure }) => failure === null && text === ANSWER;

/** What must hold under each policy, judged by what the provider saw. */
const PROOFS = {
  fail({ text, failure, provider }) {
    const [{ sent }, ...others] = provider.requests;
    return {
      claim: `fail      the error holds exactly the ${text.length} characters that came`,
      holds: failure?.code === 'ERR_SSE_TRUNCATED' && text === sent && others.length === 0,
    };
  },
  restart({ resets, provider, ...result }) {
    return {
      claim: `restart   the whole answer, after ${resets} reset (${asked(provider)})`,
      holds: whole(result) && resets === 1 && asked(provider) === 'POST, POST',
    };
  },
  continue({ resets, provider, ...result }) {
    const [first, second] = provider.requests;
    const once = first.sent === second?.begun && first.sent + second.sent === ANSWER;
    return {
      claim: `continue  the whole answer, no character produced twice (${asked(provider)})`,
      holds: whole(result) && resets === 0 && once && provider.requests.length === 2,
    };
  },
  server({ resets, provider, ...result }) {
    return {
      claim: `server    the whole answer, asked and billed once (${asked(provider)})`,
      holds: whole(result) && resets === 0 && asked(provider) === 'POST, GET',
    };
  },
};
