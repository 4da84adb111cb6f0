// Run as a SharedWorker, one for each stream that is shared.
import { serve } from './worker-host.js';

serve();
