'use strict';

const { WeChatError } = require('./error.js');

/**
 * A connection by the package ws, which is loaded when it is first needed, or by a class like its own.
 *
 * @param {any} WebSocket
 * @param {string} url
 */
function openWebSocket(WebSocket, url) {
  return new (WebSocket ?? loadWebSocket())(url);
}

function loadWebSocket() {
  try {
    // @ts-expect-error it has no types of its own
    return require('ws').WebSocket;
  } catch (cause) {
    throw new WeChatError('the package ws is missing: npm install ws', {
      code: 'ERR_WECHAT_PEER',
      cause,
    });
  }
}

module.exports = { openWebSocket };
