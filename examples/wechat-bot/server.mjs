import { log } from './log.mjs';
import { createService } from './service.mjs';
import { settingsOf } from './settings.mjs';

const settings = settingsOf(process.env);
const service = createService(settings, { log });
console.log(`listening on ${await service.listen(settings.port)}`);

// Answers that are on their way are finished; what comes again later reaches the next instance.
process.once('SIGTERM', () => service.close());
