'use strict';

const { CHAT_FLAGS } = require('./chat-flags.js');
const { page } = require('./help.js');

const EXAMPLES = `perennial-sse chat: asks a language model and prints its answer as it comes.

Usage: perennial-sse chat --base-url URL --model NAME [options] "question"

Examples:
  Ask; the key is in OPENAI_API_KEY
    perennial-sse chat --base-url https://api.openai.com/v1 -m gpt-4.1 "Why is the sky blue?"
  Ask another provider about a file; an answer that breaks is asked for again
    perennial-sse chat -p anthropic --base-url https://api.anthropic.com/v1 \\
      -m claude-sonnet-4-5 -s "Summarise this." --resume restart - < notes.txt
  Ask a server of your own, which wants no key
    perennial-sse chat -p ollama --base-url http://localhost:11434 -m llama3.2 --no-key "Hello"
`;

const NOTES = `The question - is read from standard input. The key comes from an environment variable: by
the provider OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY and so on, or that of --key-env.
The answer goes to standard output, everything else to standard error; what the model thought
is shown with --verbose only.

Exit codes:
  0  the answer is complete, or the pipe closed
  1  anything else, such as a full disk
  2  wrong usage, such as an environment variable without a key
  3  no connection: refused, host not found, TLS
  4  the provider refused: a status, or an error in place of an answer
  5  a timeout
  6  the answer broke off
  130, 143  interrupted by Ctrl-C (SIGINT), by SIGTERM
`;

/** The whole help of `chat`. */
const chatHelp = () => page(EXAMPLES, CHAT_FLAGS, NOTES);

module.exports = { chatHelp };
