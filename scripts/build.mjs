// `npm run build`: compiles the addon and writes binding.js and binding.d.ts.

import { build } from './addon.mjs';

build();
