'use strict';

/** Bytes in a MiB. */
const MIB = 1 << 20;

/** Bytes of physical memory this process holds now. */
const rss = () => process.memoryUsage.rss();

/**
 * Samples the resident set until stopped.
 *
 * @param {number} [every] milliseconds between two samples; 20 unless told
 */
function watchRss(every = 20) {
  const start = rss();
  let peak = start;
  const sample = () => {
    peak = Math.max(peak, rss());
  };
  const timer = setInterval(sample, every);
  timer.unref();
  return {
    /** Bytes held when the watch began. */
    start,
    /** Ends the watch; bytes by which the peak was above the start. */
    stop() {
      clearInterval(timer);
      sample();
      return peak - start;
    },
  };
}

module.exports = { MIB, rss, watchRss };
