import { officialAccount } from 'perennial-sse/wechat';
import account from '../../lib/account.json';

const bot = officialAccount({ ...account, answer: ({ text }) => `pages: ${text}` });

export const config = { api: { bodyParser: false } };

export default bot.handler;
