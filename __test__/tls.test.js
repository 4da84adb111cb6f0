'use strict';

const assert = require('node:assert/strict');
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const https = require('node:https');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { SSEOptionError, SSETLSError, connect } = require('../index.js');
const { runChild } = require('./support/child.js');
const { FAST, iterate, open, serve } = require('./support/client.js');

const file = (name) => path.join(__dirname, 'support', 'tls', `${name}.pem`);
const pem = (name) => readFileSync(file(name), 'utf8');
const TRUST = { ca: pem('ca') };
const CLIENT = { ...TRUST, cert: pem('client'), key: pem('client-key') };

/** A server with one of the certificates. */
function secure(t, name) {
  const tls = { key: pem(`${name}-key`), cert: pem(name) };
  return serve(t, (exchange) => exchange.event({ data: 'hello' }), { tls, name: 'localhost' });
}

/** A GET that must fail with `ERR_SSE_TLS`, at once: certificates do not mend themselves. */
async function refused(t, server, tls) {
  const { data, error } = await iterate(open(t, server.url, { tls, retry: FAST }));
  assert.deepEqual(data, []);
  assert.ok(error instanceof SSETLSError, `${error?.code}: ${error?.message}`);
  assert.equal(error.code, 'ERR_SSE_TLS');
  assert.deepEqual([error.attempt, error.retryable], [1, false]);
  assert.equal(server.requests.length, 0, 'nothing was asked');
  return error.message;
}

async function accepted(t, server, tls) {
  const options = { method: 'POST', tls, retry: false };
  assert.deepEqual(await iterate(open(t, server.url, options)), {
    data: ['hello'],
    error: undefined,
  });
}

test('certificates that are expired, of another host or of nobody known are refused', async (t) => {
  const expired = await secure(t, 'expired');
  assert.match(await refused(t, expired, TRUST), /has expired/);
  const elsewhere = await secure(t, 'wrong-host');
  assert.match(await refused(t, elsewhere, TRUST), /another host name/);
  const unknown = await secure(t, 'localhost');
  assert.match(await refused(t, unknown), /not trusted; pass its issuer as tls\.ca/);
  const selfSigned = await secure(t, 'self-signed');
  assert.match(await refused(t, selfSigned), /not trusted/);
  assert.match(await refused(t, selfSigned, TRUST), /not trusted/);
});

test('tls.ca adds a root, and a certificate that signs itself may be one', async (t) => {
  await accepted(t, await secure(t, 'localhost'), TRUST);
  const selfSigned = await secure(t, 'self-signed');
  await accepted(t, selfSigned, { ca: pem('self-signed') });
  await accepted(t, selfSigned, { ca: [pem('ca'), Buffer.from(pem('self-signed'))] });
});

test('rejectUnauthorized: false accepts what else is refused', async (t) => {
  for (const name of ['expired', 'wrong-host', 'self-signed']) {
    await accepted(t, await secure(t, name), { rejectUnauthorized: false });
  }
});

/** A server of Node's own, which asks for a client certificate; the subjects it was shown. */
async function asking(t, options) {
  const shown = [];
  const tls = { key: pem('localhost-key'), cert: pem('localhost'), ca: pem('ca') };
  const server = https.createServer(
    { ...tls, requestCert: true, ...options },
    (request, response) => {
      shown.push(request.socket.getPeerCertificate().subject?.CN ?? null);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: hello\n\n');
    },
  );
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://localhost:${server.address().port}`, requests: shown };
}

test('a server that demands a client certificate answers nobody without the right one', async (t) => {
  for (const maxVersion of ['TLSv1.3', 'TLSv1.2']) {
    const server = await asking(t, { maxVersion });
    const without = await refused(t, server, TRUST);
    if (maxVersion === 'TLSv1.3') assert.match(without, /pass tls\.cert and tls\.key/);
    // Node's server judges a certificate after the handshake and hangs up without a word; what an
    // alert leads to the tests of the core show.
    const tls = { ...TRUST, cert: pem('self-signed'), key: pem('self-signed-key') };
    const { error } = await iterate(open(t, server.url, { tls, retry: false }));
    assert.equal(error.code, 'ERR_SSE_CONNECT', maxVersion);
    await accepted(t, server, CLIENT);
    assert.deepEqual(server.requests, ['Perennial Test client']);
  }
});

test('streams with different certificates never share a connection', async (t) => {
  const server = await asking(t, { rejectUnauthorized: false });
  for (const tls of [TRUST, CLIENT, TRUST, CLIENT]) await accepted(t, server, tls);
  assert.deepEqual(server.requests, [null, 'Perennial Test client', null, 'Perennial Test client']);
});

/** A server of TLS that sends everybody elsewhere; the client certificates that it was shown. */
async function redirecting(t, location, options) {
  const shown = [];
  const tls = { key: pem('localhost-key'), cert: pem('localhost'), ca: pem('ca') };
  const server = https.createServer({ ...tls, ...options }, (request, response) => {
    shown.push(request.socket.getPeerCertificate().subject?.CN ?? null);
    response.writeHead(302, { location: location() }).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://localhost:${server.address().port}`, shown };
}

test('a client certificate does not follow a redirect to another origin', async (t) => {
  const asks = { requestCert: true, rejectUnauthorized: false };
  const second = await asking(t, { rejectUnauthorized: false });
  const first = await redirecting(t, () => `${second.url}/there`, asks);
  // Twice, and once straight to the second: its connection with the certificate is not taken, either.
  await accepted(t, first, CLIENT);
  await accepted(t, second, CLIENT);
  await accepted(t, first, CLIENT);
  assert.deepEqual(first.shown, ['Perennial Test client', 'Perennial Test client']);
  assert.deepEqual(second.requests, [null, 'Perennial Test client', null]);
});

test('nor does it come back with a redirect to the first origin', async (t) => {
  const asks = { requestCert: true, rejectUnauthorized: false };
  let left = 0;
  const second = await redirecting(t, () => `${first.url}/again`, asks);
  const first = await redirecting(t, () => (left++ === 0 ? second.url : 'ftp://end'), asks);
  const { error } = await iterate(open(t, first.url, { tls: CLIENT, retry: false }));
  assert.equal(error?.code, 'ERR_SSE_REDIRECT');
  assert.deepEqual(first.shown, ['Perennial Test client', null]);
  assert.deepEqual(second.shown, [null]);
});

test('within an origin the client certificate stays', async (t) => {
  const asks = { requestCert: true, rejectUnauthorized: false };
  let left = 0;
  const server = await redirecting(t, () => (left++ === 0 ? '/there' : 'ftp://end'), asks);
  await iterate(open(t, server.url, { tls: CLIENT, retry: false }));
  assert.deepEqual(server.shown, ['Perennial Test client', 'Perennial Test client']);
});

test('rejectUnauthorized: false does not hold for another origin', async (t) => {
  const options = { tls: { rejectUnauthorized: false }, retry: FAST };
  for (const name of ['expired', 'wrong-host', 'self-signed']) {
    const second = await secure(t, name);
    const first = await redirecting(t, () => second.url);
    const { data, error } = await iterate(open(t, first.url, options));
    assert.deepEqual([data, error?.code], [[], 'ERR_SSE_TLS'], name);
    assert.equal(second.requests.length, 0, 'nothing was asked');
    assert.equal(first.shown.length, 1, 'nor was it tried again');
  }
  // An origin is a scheme, too.
  const second = await secure(t, 'self-signed');
  const plain = await serve(t, (exchange) => exchange.redirect(301, second.url));
  const { error } = await iterate(open(t, plain.url, options));
  assert.equal(error?.code, 'ERR_SSE_TLS');
});

test('tls.ca holds for every origin that a redirect leads to', async (t) => {
  const second = await secure(t, 'localhost');
  const first = await redirecting(t, () => second.url);
  await accepted(t, first, TRUST);
});

/** What a process with these variables makes of the server. */
async function inProcess(env, server, tls = {}) {
  const { stdout, stderr } = await runChild(
    path.join(__dirname, 'support', 'programs', 'one-stream.js'),
    { args: [server.url, JSON.stringify({ tls })], env },
  );
  assert.equal(stderr, '');
  const { data, code } = JSON.parse(stdout);
  return code ?? data[0];
}

test('NODE_EXTRA_CA_CERTS names further roots', async (t) => {
  const server = await secure(t, 'localhost');
  assert.equal(await inProcess({ NODE_EXTRA_CA_CERTS: file('ca') }, server), 'hello');
  assert.equal(
    await inProcess({ NODE_EXTRA_CA_CERTS: file('self-signed') }, server),
    'ERR_SSE_TLS',
  );
  assert.equal(await inProcess({ NODE_EXTRA_CA_CERTS: '' }, server), 'ERR_SSE_TLS');
});

test('an empty store of the system neither opens nor closes the door', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'no-roots-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const empty = path.join(folder, 'empty.pem');
  writeFileSync(empty, '');
  const env = { SSL_CERT_FILE: empty, SSL_CERT_DIR: folder };
  const server = await secure(t, 'localhost');
  assert.equal(await inProcess(env, server), 'ERR_SSE_TLS');
  assert.equal(await inProcess(env, server, TRUST), 'hello');
});

test('certificates that cannot be read are refused at once', () => {
  const garbled = '-----BEGIN CERTIFICATE-----\n*s3cret*\n-----END CERTIFICATE-----';
  for (const [tls, name] of [
    [{ ca: file('ca') }, 'tls.ca'],
    [{ ca: garbled }, 'tls.ca'],
    [{ cert: pem('client') }, 'tls.key'],
    [{ key: pem('client-key') }, 'tls.cert'],
    [{ cert: garbled, key: pem('client-key') }, 'tls.cert'],
    [{ cert: pem('client'), key: pem('ca-key') }, 'tls.key'],
  ]) {
    assert.throws(
      () => connect('https://example.com', { tls }),
      (error) => {
        assert.ok(error instanceof SSEOptionError, String(error));
        assert.ok(error.message.includes(name), error.message);
        assert.ok(!error.message.includes('s3cret'), error.message);
        return true;
      },
    );
  }
});
