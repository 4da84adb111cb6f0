'use strict';

/** Sent at once, so that the client knows that it is heard, and a proxy that it is to pass on. A new one each time. */
const greeting = () => Uint8Array.of(0x3a, 0x0a, 0x0a);

module.exports = { greeting };
