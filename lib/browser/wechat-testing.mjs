// The same functions as `require('perennial-sse/wechat/testing')` gives here.
import testing from './wechat-testing.js';

export const {
  fakeOfficialAccount,
  fakeWecomApi,
  fakeWecomBot,
  fakeWecomServer,
  virtualClock,
  virtualStore,
} = testing;
