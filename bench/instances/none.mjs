export { application } from '../relays/none.mjs';
