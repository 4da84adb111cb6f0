// The same functions as `require('perennial-sse/wechat/testing')` gives.
import testing from './testing.js';

export const {
  fakeOfficialAccount,
  fakeWecomApi,
  fakeWecomBot,
  fakeWecomServer,
  virtualClock,
  virtualStore,
} = testing;
