// What is told of a client, and in what two builds are compared.

/** Measures by their name in works.mjs and hubs/works.mjs: title, unit, and whether more of it is better. */
export const MEASURES = {
  jsThread: ['JS thread', 'µs'],
  jsCpu: ['JS thread on a CPU', 'µs'],
  cpu: ['total CPU', 'µs'],
  rate: ['per second', '', 'more'],
  loopDelay: ['loop delay p99', 'ms'],
  memory: ['RSS per stream', 'KB'],
  p50: ['latency p50', 'µs'],
  p99: ['latency p99', 'µs'],
  kept: ['RSS kept / their bytes', ''],
  heap: ['heap kept / their bytes', ''],
  deliveryP50: ['delivery p50', 'ms'],
  deliveryP99: ['delivery p99', 'ms'],
  stall: ['longest stall', 'ms'],
  last: ['last client', 'ms'],
  growth: ['RSS growth', 'MiB'],
  beside: ['p99 / without', ''],
  redisCpu: ['CPU of Redis', 'µs'],
  redisReads: ['reads of Redis', ''],
  resume: ['resume p99', 'ms'],
  lost: ['tokens lost', ''],
};

/** JavaScript's thread: what it waited for a core says nothing of a build, nor of a hub whose threads share one. */
export const JS_THREAD = process.platform === 'linux' ? 'jsCpu' : 'jsThread';

/** In what two builds are compared, by work; not where a measure is a bound and no cost. */
export const COMPARED = {
  flood: ['rate'],
  answers: ['rate'],
  many: [JS_THREAD, 'cpu'],
  manyAnswers: [JS_THREAD, 'cpu'],
  opening: [JS_THREAD, 'memory'],
  relaying: [JS_THREAD, 'cpu'],
  lone: ['p50'],
  steady: [JS_THREAD, 'cpu'],
  saturated: ['rate'],
  idle: ['memory'],
};

/**
 * @typedef {object} Floor a bound on a measure, or with `against` on its ratio to that client's, the
 *   best of several; without `most` and `least` it is only shown
 * @property {keyof typeof MEASURES} measure
 * @property {string | string[]} [against]
 * @property {number} [most]
 * @property {number} [least]
 */
