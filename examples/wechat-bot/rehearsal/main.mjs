// `npm run wechat`: the service with what stands for WeChat and for two providers; three conversations in the terminal, and
// whether each came to what it must.

import { setTimeout as sleep } from 'node:timers/promises';
import { fakeOfficialAccount, fakeWecomBot } from 'perennial-sse/wechat/testing';
import { createService } from '../service.mjs';
import { settingsOf } from '../settings.mjs';
import { startProvider } from './provider.mjs';

const AES_KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';

/** The first provider breaks off; a question about rivers takes longer than WeChat waits. */
const first = await startProvider({ breaksOff: true });
const second = await startProvider({
  delay: (question) => (question.includes('慢慢') ? 5000 : 0),
});

const settings = settingsOf({
  PROVIDER_URL: first.url,
  BACKUP_URL: second.url,
  WECHAT_APP_ID: 'wx0123456789',
  WECHAT_APP_SECRET: 'secret',
  WECHAT_TOKEN: 'token',
  WECHAT_AES_KEY: AES_KEY,
  WECOM_TOKEN: 'token',
  WECOM_AES_KEY: AES_KEY,
});

const started = performance.now();
const print = (who, what) =>
  console.log(
    `${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${who}  ${what}`,
  );

const service = createService(settings, {
  log: (door, what, facts = {}) => {
    const { ms, parts, code } = facts;
    const told = [
      ms === undefined ? '' : `${Math.round(ms)} ms`,
      code,
      parts && `${parts} part(s)`,
    ];
    if (what !== 'frame') print('  service', [door, what, ...told].filter(Boolean).join(' '));
  },
  fetch: (url, init) => (String(url).includes('aibot') ? wecom : wechat).fetch(url, init),
});
const url = `http://127.0.0.1:${await service.listen(0)}`;
const { account, bot } = settings;
const wechat = fakeOfficialAccount({ ...account, target: `${url}/wechat` });
const wecom = fakeWecomBot({ ...bot, target: `${url}/wecom` });

const claims = [];
const claim = (text, holds) => claims.push({ text, holds });

console.log(
  '\n1. 公众号: an answer in time, although the first provider breaks off in its middle\n',
);
print('     user', '背一句苏轼的词');
const { text } = await wechat.say('ann', '背一句苏轼的词');
print('      bot', text);
claim('the answer is whole, within the 5 s of WeChat', text === second.answers.short);
claim('the first provider was asked once, then the second', first.requests() === 1);

console.log('\n2. 企业微信: the same, growing before the eyes of the user\n');
print('     user', '介绍一下黄河');
let shown = '';
const watch = setInterval(() => {
  const [now = ''] = wecom.shown('bob');
  if (now !== shown && now !== '') print('      bot', now);
  shown = now;
}, 100);
const said = await wecom.say('bob', '介绍一下黄河');
clearInterval(watch);
if (said.text !== shown) print('      bot', said.text);
claim('the stream ends with the whole answer', said.text === second.answers.long);
claim(`it was shown in ${said.frames.length} frames`, said.finished && said.frames.length > 2);
claim('WeCom had nothing to object to', wecom.violations.length === 0);

console.log('\n3. 公众号: an answer that is later than WeChat waits\n');
print('     user', '慢慢介绍一下黄河');
const late = await wechat.say('cid', '慢慢介绍一下黄河');
while (wechat.shown('cid').length === 0 && performance.now() - started < 60_000) await sleep(50);
print('      bot', wechat.shown('cid')[0] ?? '(nothing)');
claim('the message was acknowledged in time, once', late.tries === 1 && late.text === '');
claim('a sign of typing was shown', wechat.typing.includes('cid'));
claim('the answer was pushed, once', wechat.shown('cid').join('|') === second.answers.long);

service.close();
first.close();
second.close();

console.log('\nProof');
for (const { text: sentence, holds } of claims) {
  console.log(`  ${holds ? 'ok    ' : 'FAILED'}  ${sentence}`);
}
process.exitCode = claims.every(({ holds }) => holds) ? 0 : 1;
