'use strict';

const http = require('node:http');
const { chromium: driver } = require('playwright-core');
const { debianProgram } = require('./debian.js');

/** How long anything may take in it, also on a busy machine. */
const PATIENCE_MS = 40_000;

const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];

const chromium = debianProgram('chromium');

/** Why tests with it are left out; `false` if they are not. */
const withoutPlaywright = chromium === undefined && 'chromium is not to be had';

/** A chromium of Debian as its users have it: with the cache of pages that were left. */
async function launch() {
  const browser = await driver.launch({
    executablePath: chromium.path,
    env: { ...process.env, ...chromium.env },
    args: ARGS,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    timeout: PATIENCE_MS,
  });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    context.setDefaultTimeout(PATIENCE_MS);
    return context;
  };
  return browser;
}

/**
 * A site with one script, which each of its pages loads, and with whatever else a test serves.
 *
 * @param {string} script
 * @param {(request: http.IncomingMessage, response: http.ServerResponse) => unknown} serve what is no page
 * @param {Record<string, string>} [headers] of the pages
 */
async function startSite(script, serve, headers = {}) {
  const server = http.createServer((request, response) => {
    const path = new URL(request.url, 'http://site').pathname;
    if (path === '/script.js') {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    } else if (path === '/favicon.ico') response.writeHead(204).end();
    else if (path.startsWith('/page')) {
      const page = `<!doctype html><title>${path}</title><div id="root"></div><script type="module" src="/script.js"></script>`;
      response.writeHead(200, { 'content-type': 'text/html', ...headers }).end(page);
    } else serve(request, response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

module.exports = { launch, startSite, withoutPlaywright };
