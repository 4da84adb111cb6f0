import { officialAccount } from 'perennial-sse/wechat';
import account from '../../lib/account.json';

const bot = officialAccount({ ...account, answer: ({ text }) => `app: ${text}` });

export const GET = bot.fetch;
export const POST = bot.fetch;
