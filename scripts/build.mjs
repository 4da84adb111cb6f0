// `npm run build` in a clone, `npx perennial-sse build` for an installed package: compiles the addon. In a
// clone the types in binding.d.ts are written, too, and further arguments are the generator's, such as
// `--target aarch64-unknown-linux-musl --cross-compile`.

import { build } from './addon.mjs';

build(process.argv.slice(2));
