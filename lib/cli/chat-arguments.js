'use strict';

const { ALL_CHAT_FLAGS } = require('./chat-flags.js');
const { exclude, header, milliseconds, parseFlags, whole } = require('./flag-values.js');
const { UsageError } = require('./usage-error.js');

/**
 * @typedef {object} ChatWish what the command line asks for
 * @property {string} question the text itself, or `-`
 * @property {string | undefined} system
 * @property {string} baseUrl
 * @property {string | undefined} provider
 * @property {string} model
 * @property {string | null} apiKey
 * @property {string | undefined} prefill
 * @property {number | undefined} maxTokens
 * @property {string[] | undefined} resume
 * @property {[name: string, value: string][]} headers
 * @property {number | undefined} retries
 * @property {number | null | undefined} deadline milliseconds
 * @property {Record<'connect' | 'idle', number | null | undefined>} timeouts milliseconds
 * @property {{ ca: string | undefined }} pemFiles
 * @property {boolean} insecure
 * @property {'quiet' | 'normal' | 'verbose'} level
 */

/** Where the tools of each provider look for the key. */
/** @type {Readonly<Partial<Record<string, string>>>} */
const KEY_VARIABLES = Object.freeze({
  azure: 'AZURE_OPENAI_API_KEY',
  deepseek: 'DEEPSEEK_API_KEY',
  qwen: 'DASHSCOPE_API_KEY',
  kimi: 'MOONSHOT_API_KEY',
  zai: 'ZAI_API_KEY',
  mistral: 'MISTRAL_API_KEY',
  groq: 'GROQ_API_KEY',
  xai: 'XAI_API_KEY',
  openrouter: 'OPENROUTER_API_KEY',
  vllm: 'VLLM_API_KEY',
  holysheep: 'HOLYSHEEP_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  gemini: 'GEMINI_API_KEY',
  ollama: 'OLLAMA_API_KEY',
});

/**
 * @param {readonly string[]} args
 * @returns {'help' | 'version' | ChatWish}
 */
function parseChatArguments(args) {
  const { values, positionals } = parseFlags(args, ALL_CHAT_FLAGS);
  if (values.help) return 'help';
  if (values.version) return 'version';
  exclude(values, 'retries', 'no-retry');
  exclude(values, 'quiet', 'verbose');
  exclude(values, 'key-env', 'no-key');
  return {
    question: question(positionals),
    system: values.system,
    baseUrl: needed(values, 'base-url'),
    provider: values.provider,
    model: needed(values, 'model'),
    apiKey: values['no-key'] ? null : key(values['key-env'], values.provider),
    prefill: values.prefill,
    maxTokens: whole(values, 'max-tokens', 1),
    resume: values.resume,
    headers: (values.header ?? []).map(header),
    retries: values['no-retry'] ? 0 : whole(values, 'retries', 0),
    deadline: milliseconds(values, 'timeout'),
    timeouts: {
      connect: milliseconds(values, 'connect-timeout'),
      idle: milliseconds(values, 'idle-timeout'),
    },
    pemFiles: { ca: values.cacert },
    insecure: values.insecure ?? false,
    level: values.quiet ? 'quiet' : values.verbose ? 'verbose' : 'normal',
  };
}

/** @param {readonly string[]} words */
function question(words) {
  const [word, ...others] = words;
  if (word === undefined) {
    throw new UsageError('a question is missing; give it in quotes, or - for standard input');
  }
  if (others.length > 0) throw new UsageError('one question is enough; put it in quotes');
  return word;
}

/**
 * @param {Record<string, string | undefined>} values
 * @param {'base-url' | 'model'} name
 */
function needed(values, name) {
  const value = values[name];
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  return value;
}

/**
 * Never a flag: other users of a machine may see a process's arguments.
 *
 * @param {string | undefined} named
 * @param {string} [provider]
 */
function key(named, provider = 'openai') {
  const variable = named ?? KEY_VARIABLES[provider] ?? 'OPENAI_API_KEY';
  const value = process.env[variable];
  if (value) return value;
  const otherwise = 'name another with --key-env, or use --no-key';
  throw new UsageError(`the environment variable ${variable} has no key; set it, ${otherwise}`);
}

module.exports = { parseChatArguments };
