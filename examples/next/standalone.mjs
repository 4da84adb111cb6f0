// After `next build`: the standalone server serves the browser's scripts, but they lie beside it.

import { cpSync } from 'node:fs';

cpSync('.next/static', '.next/standalone/.next/static', { recursive: true });
