// Whether everything arrived, from what was received and nothing else.

import { createHash } from 'node:crypto';
import { count } from './screen.mjs';

/**
 * @param {object} facts
 * @param {number} facts.total how many events there are
 * @param {{ id: string, data: string }[]} facts.events what was received
 * @param {string} facts.digest of all data, as the server tells it at the end
 * @param {Map<number, string>} facts.plan
 * @param {Map<string, number>} facts.committed faults that the server committed
 * @returns {{ claim: string, holds: boolean }[]}
 */
export function prove({ total, events, digest, plan, committed }) {
  const ids = events.map(({ id }) => Number(id));
  const different = new Set(ids).size;
  const hash = createHash('sha256');
  for (const { data } of events) hash.update(data);
  const faults = [...committed.values()].reduce((sum, times) => sum + times, 0);
  return [
    {
      claim: `${count(different)} of ${count(total)} events arrived`,
      holds: different === total && ids.every((id) => id >= 1 && id <= total),
    },
    {
      claim: 'in order',
      holds: ids.every((id, index) => index === 0 || id > ids[index - 1]),
    },
    { claim: 'none twice', holds: ids.length === different },
    {
      claim: `data as sent (SHA-256 ${digest.slice(0, 12)}…)`,
      holds: hash.digest('hex') === digest,
    },
    { claim: `${faults} of ${plan.size} faults struck`, holds: faults === plan.size },
  ];
}
