// npm runs this in a clone after it has installed; never where the package comes from a registry. Does
// nothing when an addon loads, otherwise builds one.

import { build, isLoadable, isStale } from './addon.mjs';

if (isStale() || !isLoadable()) build();
