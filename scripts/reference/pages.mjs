// Which pages of the reference there are, and what stands on each.

import { files } from '../source.mjs';
import { linkToError } from './error-pages.mjs';
import { codes, flags, members, options } from './render.mjs';

const CONNECTING = ['CONNECT', 'DNS', 'TLS', 'PROXY', 'TIMEOUT', 'STATUS', 'CONTENT_TYPE'];
const READING = ['CONTENT_ENCODING', 'REDIRECT', 'RESET', 'TRUNCATED', 'SIZE', 'CALLBACK'];
const STREAM = [...CONNECTING, ...READING, 'EXHAUSTED', 'REQUEST', 'INTERNAL', 'OPTION', 'LOCKED'];

/** The codes of these names, each with a link to its section. */
const errors = (tree, names) =>
  codes(
    tree.text('index.d.ts'),
    names.map((name) => `ERR_SSE_${name}`),
    (code) => linkToError(tree, code),
  );

/**
 * A page: where it is, its title, where the subject is explained, and its parts as lines.
 *
 * @type {{ name: string, title: string, guide: string,
 *   parts: (tree: import('../contract/tree.mjs').Tree) => string[][] }[]}
 */
export const PAGES = [
  {
    name: 'connect',
    title: 'Reference: connect',
    guide:
      '[Streams](../streams.md) explains how a stream is used and what happens when it breaks.',
    parts: (tree) => {
      const text = tree.text('index.d.ts');
      return [
        options(text, 'ConnectOptions', 'Options of connect'),
        options(text, 'RetryOptions', 'retry'),
        members(text, 'RetryPresets', 'Names for retry'),
        options(text, 'RetryRange', 'retryRange'),
        options(text, 'Timeouts', 'timeouts'),
        options(text, 'EventTimeout', 'timeouts.event'),
        options(text, 'MailboxOptions', 'mailbox'),
        options(text, 'TLSOptions', 'tls'),
        options(text, 'ToResponseOptions', 'Options of toResponse and pipe'),
        options(text, 'OutputOptions', 'Options of toReadableStream, toResponse and pipe'),
        options(text, 'EventSourceInit', 'Options of EventSource'),
        options(text, 'DecoderOptions', 'Options of EventStreamDecoder'),
        options(text, 'DecoderStreamOptions', 'Options of EventStreamDecoderStream'),
        options(text, 'OutgoingEvent', 'What encodeEvent takes'),
        members(text, 'EventStreamEvents', 'Events of EventStream'),
        members(text, 'EventStream'),
        members(text, 'ServerSentEvent'),
        members(text, 'StreamStats', 'stats'),
        members(text, 'RetryInfo', 'What listeners of retry get'),
        members(text, 'SSEError', 'Members of an error'),
        errors(tree, [...STREAM, 'CLOSED', 'POOL', 'ADDON']),
      ];
    },
  },
  {
    name: 'chat',
    title: 'Reference: chat',
    guide:
      '[Answers that survive](../answers.md) explains policies, costs and what cannot be promised.',
    parts: (tree) => {
      const text = tree.text('index.d.ts');
      return [
        options(text, 'ChatOptions', 'Options of chat'),
        options(text, 'EndpointOptions', 'Options of an endpoint'),
        options(text, 'PrefillOptions', 'prefill'),
        options(text, 'AnswerLimits', 'limits'),
        options(text, 'ChatMessage', 'A message'),
        options(text, 'ChatTool', 'A tool'),
        members(text, 'ChatStreamEvents', 'Events of ChatStream'),
        members(text, 'ChatStream'),
        members(text, 'ChatAnswer'),
        members(text, 'ChatChoice'),
        members(text, 'ChatToolCall'),
        members(text, 'ChatUsage'),
        members(text, 'ChatAttempt'),
        errors(tree, [...STREAM, 'PROVIDER', 'MALFORMED', 'POOL', 'CLOSED', 'RESTARTED']),
      ];
    },
  },
  {
    name: 'pool',
    title: 'Reference: pool',
    guide:
      '[Several keys and endpoints](../answers.md#several-keys-and-endpoints) explains what a pool does.',
    parts: (tree) => {
      const text = tree.text('index.d.ts');
      return [
        options(text, 'PoolEndpoint', 'An endpoint of createPool'),
        options(text, 'EndpointOptions', 'Options of every endpoint'),
        options(text, 'PoolOptions', 'Options of createPool'),
        options(text, 'BreakerOptions', 'breaker'),
        options(text, 'PoolUpdate', 'Options of update'),
        members(text, 'EndpointPool'),
        members(text, 'EndpointState', 'An endpoint as it is'),
        members(text, 'KeyState', 'A key as it is'),
        members(text, 'PoolChange', 'What listeners of change get'),
        errors(tree, ['POOL', 'OPTION']),
      ];
    },
  },
  {
    name: 'relay',
    title: 'Reference: relay',
    guide: '[Answers that outlive a reload](../relay.md) explains runs, readers and cursors.',
    parts: (tree) => {
      const text = tree.text('index.d.ts');
      return [
        options(text, 'RelayOptions', 'Options of createRelay'),
        options(text, 'MemoryLogOptions', 'Options of memoryLog'),
        options(text, 'RedisLogOptions', 'Options of redisLog'),
        options(text, 'RedisOptions', 'Where Redis is'),
        options(text, 'RunOptions', 'Options of run'),
        options(text, 'RunLookup', 'Options of resume, stop and status'),
        options(text, 'RunOutputOptions', 'Options of toResponse and pipe'),
        members(text, 'Relay'),
        members(text, 'Run'),
        members(text, 'RelayStats', 'stats'),
        options(
          tree.text('lib/adapters/next.d.ts'),
          'AnswerRoutesOptions',
          'Options of answerRoutes',
        ),
        errors(tree, ['STOPPED', 'PRODUCER_LOST', 'SOURCE', 'LOG', 'SIZE', 'OPTION']),
      ];
    },
  },
  {
    name: 'hub',
    title: 'Reference: hub',
    guide: '[A server of events](../server.md) and [The hub in detail](../hub.md) explain it.',
    parts: (tree) => {
      const text = tree.text('index.d.ts');
      return [
        options(text, 'HubOptions', 'Options of createHub'),
        options(text, 'HubMaxLag', 'maxLag'),
        options(text, 'HubEventNames', 'events'),
        options(text, 'HubCors', 'cors'),
        options(text, 'HubConnectOptions', 'Options of connect'),
        options(text, 'HubResponseOptions', 'Options of response'),
        options(text, 'HubTicketOptions', 'Options of ticket'),
        options(text, 'HubRevoke', 'Options of revoke'),
        options(text, 'HubDisconnect', 'Options of disconnect'),
        options(text, 'HubCloseOptions', 'Options of close'),
        options(text, 'HubEvent', 'What is published'),
        members(text, 'Hub'),
        members(text, 'Client'),
        members(text, 'HubStats', 'stats'),
        options(text, 'MemoryStoreOptions', 'Options of memoryStore'),
        errors(tree, [
          'OVERLOAD',
          'REVOKED',
          'UNAUTHORIZED',
          'KEYS',
          'LOG',
          'STORE',
          'CLOSED',
          'OPTION',
        ]),
      ];
    },
  },
  {
    name: 'react',
    title: 'Reference: React',
    guide: '[React](../react.md) explains the hooks.',
    parts: (tree) => {
      const text = tree.text('lib/react/index.d.ts');
      return [
        options(text, 'EventStreamOptions', 'Options of useEventStream'),
        members(text, 'EventStreamState', 'What useEventStream gives'),
        options(text, 'AnswerOptions', 'Options of useAnswer'),
        members(text, 'AnswerState', 'What useAnswer gives'),
        members(text, 'AnswerMessage'),
        members(text, 'AnswerFinished', 'What onFinish gets'),
        errors(tree, STREAM),
      ];
    },
  },
  {
    name: 'wechat',
    title: 'Reference: WeChat',
    guide: '[Bots in WeChat and WeCom](../wechat.md) explains channels, limits and consoles.',
    parts: (tree) => {
      const text = files('lib/wechat/types')
        .filter((path) => path.endsWith('.d.ts'))
        .map((path) => tree.text(path))
        .join('\n');
      return [
        options(text, 'BotOptions', 'Options of every bot'),
        options(text, 'OfficialAccountOptions', 'Options of officialAccount'),
        options(text, 'WecomBotOptions', 'Options of wecomBot'),
        options(text, 'WecomBotConnectionOptions', 'Options of wecomBotConnection'),
        options(text, 'WecomAppOptions', 'Options of wecomApp'),
        options(text, 'WecomGroupRobotOptions', 'Options of wecomGroupRobot'),
        options(text, 'ConversationOptions', 'conversation'),
        options(text, 'BotTexts', 'texts'),
        members(text, 'Turn', 'What answer gets'),
        members(text, 'BotEvents', 'Events of a bot'),
        members(text, 'BotStep', 'A step'),
        codes(text, undefined, undefined, 'WeChatErrorCode'),
      ];
    },
  },
  {
    name: 'testing',
    title: 'Reference: testing',
    guide:
      '[Testing your own code](../testing.md) explains the scripted provider and the fault server.',
    parts: (tree) => {
      const text = tree.text('lib/testing/testing.d.ts');
      return [
        options(text, 'ProviderOptions', 'Options of startProvider'),
        options(text, 'ProviderStep', 'A step of a provider'),
        options(text, 'ProviderToolCall', 'toolCalls'),
        options(text, 'FaultServerOptions', 'Options of startFaultServer'),
        options(text, 'FaultStep', 'A step of a fault server'),
        options(text, 'RefusalStep'),
        members(text, 'ScriptedServer', 'What both give'),
        members(text, 'ScriptedRequest', 'A request'),
        members(text, 'ProviderRequest', 'A request to a provider, besides'),
        members(text, 'EventRequest', 'A request to a fault server, besides'),
        errors(tree, ['OPTION', 'REQUEST']),
      ];
    },
  },
  {
    name: 'cli',
    title: 'Reference: command line',
    guide: '[Command line](../command-line.md) explains the flags with examples.',
    parts: (tree) => {
      const { BY_CODE, EXIT } = tree.module('lib/cli/exit-code.js');
      const rows = Object.entries(BY_CODE).map(([code, exit]) => {
        return `| [\`${code}\`](${linkToError(tree, code)}) | \`${exit}\` |`;
      });
      return [
        flags(tree.module('lib/cli/flags.js').FLAGS, 'perennial-sse URL'),
        flags(tree.module('lib/cli/chat-flags.js').CHAT_FLAGS, 'perennial-sse chat'),
        flags(tree.module('lib/cli/serve-flags.js').SERVE_FLAGS, 'perennial-sse serve'),
        [
          '## Exit codes',
          '',
          `\`${EXIT.end}\` for a proper end, \`${EXIT.usage}\` for wrong usage, \`${EXIT.other}\` for what is not in the table.`,
          '',
          '| error | exit code |',
          '|---|---|',
          ...rows,
          '',
        ],
      ];
    },
  },
];

/** The path of a page. */
export const pathOf = ({ name }) => `docs/reference/${name}.md`;

/** A page as the declarations of a tree make it. */
export function pageOf(page, tree) {
  const made = `<!-- Made by "npm run reference" from the declarations: change those. -->`;
  const lines = [
    `# ${page.title}`,
    '',
    made,
    '',
    page.guide,
    'Milliseconds and bytes, unless it says otherwise.',
    '',
  ];
  return `${[...lines, ...page.parts(tree).flat()].join('\n').trimEnd()}\n`;
}
