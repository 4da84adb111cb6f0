import { createHub } from 'perennial-sse';

export const hub = createHub();
process.once('SIGTERM', () => hub.close({ spread: 100, deadline: 5000 }));
