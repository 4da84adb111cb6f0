// The install hook: does nothing when an addon loads, otherwise builds one.

import { build, isLoadable, isStale } from './addon.mjs';

if (isStale() || !isLoadable()) build();
