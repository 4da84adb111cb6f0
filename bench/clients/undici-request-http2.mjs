import { Agent, setGlobalDispatcher } from 'undici';

setGlobalDispatcher(new Agent({ allowH2: true }));

export { open } from './undici-request.mjs';
