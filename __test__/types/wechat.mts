// What users of bots write; compiled, never run.
import { createServer } from 'node:http';
import { chat, createPool, createRelay, memoryStore } from 'perennial-sse';
import {
  createConversations,
  type OfficialAccountMessage,
  officialAccount,
  WeChatError,
  type WecomBotMessage,
  wecomApp,
  wecomBot,
  wecomBotConnection,
  wecomGroupRobot,
} from 'perennial-sse/wechat';
import {
  fakeOfficialAccount,
  fakeWecomApi,
  fakeWecomBot,
  fakeWecomServer,
  virtualClock,
  virtualStore,
} from 'perennial-sse/wechat/testing';

const pool = createPool([]);
const clock = virtualClock(new Date());
const settings = { token: 't', appId: 'wx', appSecret: 's', clock };
const wechat = fakeOfficialAccount({ ...settings, target: (request) => account.fetch(request) });

const account = officialAccount({
  ...settings,
  encodingAESKey: 'k',
  late: 'push',
  store: virtualStore(clock),
  fetch: wechat.fetch,
  conversation: { messages: 10 },
  texts: { failed: 'sorry' },
  answer: ({ message, messages, deadline, user }) =>
    message.type === 'text' ? chat({ pool, model: 'm', messages, deadline, affinity: user }) : null,
  onMessage: async (message: OfficialAccountMessage) =>
    message.type === 'event' && message.event === 'subscribe' ? `hello ${message.key ?? ''}` : null,
});
account.on('step', ({ step, ms, user }) => console.log(step, ms, user));
account.on('refused', ({ reason }) => reason === 'signature');
account.on('error', (error) => error instanceof WeChatError && error.errcode === 45047);
createServer(account.handler);
export const GET: (request: Request) => Promise<Response> = account.fetch;
const sent: number = await account.send('ann', 'hello');
const token: string = await account.accessToken.get();

const wecom = fakeWecomBot({
  token: 't',
  encodingAESKey: 'k',
  clock,
  target: 'http://127.0.0.1:3000/wecom',
});
const bot = wecomBot({
  token: 't',
  encodingAESKey: 'k',
  relay: createRelay({ name: 'wechat' }),
  onLost: 'restart',
  answer: ({ message, messages, deadline }) =>
    message.chat === undefined
      ? chat({ pool, model: 'm', messages, deadline, resume: 'restart' })
      : 'not in groups',
  onMessage: (message: WecomBotMessage) => (message.event === 'enter_chat' ? 'hello' : null),
});
export const POST: (request: Request) => Promise<Response> = bot.fetch;
const { text, frames } = await wecom.say('ann', 'hello', { chat: 'group' });
console.log(text, frames.length, wecom.violations);

const server = fakeWecomServer({ botId: 'b', secret: 's', clock });
const connection = wecomBotConnection({
  botId: 'b',
  secret: 's',
  WebSocket: server.WebSocket,
  answer: async function* ({ text: asked }) {
    yield asked;
  },
}).connect();
connection.on('reconnect', ({ delay }) => console.log(delay));
connection.on('close', ({ error }) => console.log(error?.message));
connection.on('step', ({ step }) => step === 'frame');
await connection.send('group', 'hello', { group: true });
const api = fakeWecomApi({ users: ['ann'] });
const app = wecomApp({ corpId: 'ww', agentId: 1, secret: 's', fetch: api.fetch });
const { unknown } = await app.send({ users: ['ann'], tags: ['t'] }, 'hello');
const parts: number = await wecomGroupRobot({ key: 'k' }).send({ markdown: '**x**' });
console.log(unknown, parts, connection.state === 'open', api.messages);
// @ts-expect-error a message is text or Markdown
wecomGroupRobot({ key: 'k' }).send({ html: 'x' });

const conversations = createConversations({ store: memoryStore(), waiting: 1 });
const result: { content: string } = await conversations.turn('ann', 'hi', async ({ messages }) => ({
  content: String(messages.length),
}));
await clock.advance(1000);
console.log(sent, token, result, wechat.shown('ann'), wechat.tokens.issued);

// @ts-expect-error an answer is needed
officialAccount({ token: 't', appId: 'wx' });
// @ts-expect-error what no answer can be
officialAccount({ token: 't', appId: 'wx', answer: () => 7 });
// @ts-expect-error an option that does not exist
officialAccount({ token: 't', appId: 'wx', answer: () => 'x', secret: 's' });
