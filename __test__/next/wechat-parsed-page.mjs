import handler from './wechat.js';

// The body is parsed, as it is in every route that does not say otherwise.
export default handler;
