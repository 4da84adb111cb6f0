'use strict';

const { spawn } = require('node:child_process');
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const net = require('node:net');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { debianProgram } = require('./debian.js');
const { until } = require('./deadline.js');
const { freePort } = require('./free-port.js');

/** How long a proxy may take to start or to end, also on a busy machine. */
const PATIENCE_MS = 30_000;

/** What docs/server.md says to write into the configuration of a proxy. */
function documented(language) {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'server.md'), 'utf8');
  return new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``).exec(page)[1];
}

/** The address of the server in the documentation. */
const SHOWN = '127.0.0.1:3000';

/**
 * @typedef {object} Proxy
 * @property {string} program of Debian
 * @property {string[]} args behind the path of the program
 * @property {(port: number, origin: string, idle: number) => string} config the text of the file `config`
 */

/** What nginx needs that is started by no service: what stands before its sections, and within that of HTTP. */
const ALONE = 'daemon off; master_process off; pid pid;';
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((of) => `${of}_temp_path of;`)
  .join(' ');

/** @type {(location: string) => Proxy} */
const nginx = (location) => ({
  program: 'nginx',
  args: ['-p', '.', '-e', 'stderr', '-c', 'config'],
  config: (port, origin, idle) => `
    ${ALONE}
    events {}
    http {
      access_log off;
      ${TEMPORARY}
      gzip on;
      gzip_types *;
      gzip_proxied any;
      proxy_read_timeout ${idle}s;
      server {
        listen 127.0.0.1:${port};
        ${location.replace(SHOWN, origin)}
      }
    }`,
});

/** @type {Record<string, Proxy>} */
const PROXIES = {
  'nginx as documented': nginx(documented('nginx')),
  'nginx over HTTP/1.0': nginx(`location / { proxy_pass http://${SHOWN}; }`),
  HAProxy: {
    program: 'haproxy',
    args: ['-f', 'config', '-q', '-db'],
    config: (port, origin, idle) => `
${documented('haproxy').replace(/timeout server \w+/, `timeout server ${idle}s`)}
  mode http
  timeout connect 5s
  timeout client 60s
frontend visitors
  bind 127.0.0.1:${port}
  default_backend hub
backend hub
  server hub ${origin}
`,
  },
  Caddy: {
    program: 'caddy',
    args: ['run', '--config', 'config', '--adapter', 'caddyfile'],
    config: (port, origin, idle) => `
{
  admin off
  auto_https off
  log {
    level ERROR
  }
}
http://127.0.0.1:${port} {
  ${documented('caddyfile').replace(
    `reverse_proxy ${SHOWN}`,
    `reverse_proxy ${origin} {
      transport http {
        read_timeout ${idle}s
      }
    }`,
  )}
}
`,
  },
};

/** Why the tests of a proxy are left out; `false` if they are not. */
function without(name) {
  const { program } = PROXIES[name];
  return debianProgram(program) === undefined && `${program} is not to be had`;
}

/**
 * Starts a proxy in front of a server; gives the URL of its root.
 *
 * @param {{ after: (stop: () => unknown) => void }} t
 * @param {string} name of PROXIES
 * @param {{ port: number, idle?: number }} options the port of the server; how long it may be silent, in seconds
 */
function startProxy(t, name, { port: origin, idle = 60 }) {
  const { program, args, config } = PROXIES[name];
  return launch(t, { program, args }, (port) => config(port, `127.0.0.1:${origin}`, idle));
}

/**
 * Starts nginx with the configuration of an example, as that stands in a container; gives the URL of its root.
 *
 * @param {{ after: (stop: () => unknown) => void }} t
 * @param {string} file
 * @param {Record<string, string>} names of the configuration, and what stands for them here
 */
function startNginx(t, file, names) {
  const { program, args } = PROXIES['nginx as documented'];
  return launch(t, { program, args }, (port) => {
    const text = Object.entries({ ...names, 'listen 8080': `listen 127.0.0.1:${port}` }).reduce(
      (written, [there, here]) => written.replaceAll(there, here),
      readFileSync(file, 'utf8'),
    );
    return `${ALONE}${text.replace('http {', `http { access_log off; ${TEMPORARY}`)}`;
  });
}

/**
 * @param {{ after: (stop: () => unknown) => void }} t
 * @param {{ program: string, args: string[] }} command
 * @param {(port: number) => string} config
 */
async function launch(t, { program, args }, config) {
  const { path, env } = debianProgram(program);
  const folder = mkdtempSync(join(tmpdir(), 'perennial-proxy-'));
  const port = await freePort();
  writeFileSync(join(folder, 'config'), config(port));
  const child = spawn(path, args, {
    cwd: folder,
    env: { ...process.env, ...env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise((resolve) => child.once('close', resolve));
  let printed = '';
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (text) => {
      printed += text;
    });
  }
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  });
  let listens = false;
  const ask = () => {
    const socket = net.connect(port, '127.0.0.1', () => {
      listens = true;
      socket.destroy();
    });
    socket.on('error', () => {
      if (child.exitCode === null) setTimeout(ask, 20);
    });
  };
  ask();
  await until(() => listens || child.exitCode !== null, PATIENCE_MS, `${program} to listen`);
  if (!listens) throw new Error(`${program} ended with ${child.exitCode} and printed:\n${printed}`);
  return `http://127.0.0.1:${port}`;
}

module.exports = { PROXIES: Object.keys(PROXIES), startNginx, startProxy, without };
