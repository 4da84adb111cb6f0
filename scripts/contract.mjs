// index.d.ts is the contract: this compares it with what the package exports, and knowledge that
// JavaScript, the core and the documents share with each other.

import { CHECKS, differencesIn } from './contract/index.mjs';
import { Tree } from './contract/tree.mjs';

const differences = await differencesIn(new Tree());
for (const difference of differences) console.error(difference);
const agreed = `contract: ${CHECKS.map(({ name }) => name).join(', ')} agree`;
console.log(differences.length === 0 ? agreed : `contract: ${differences.length} differences`);
process.exit(differences.length === 0 ? 0 : 1);
