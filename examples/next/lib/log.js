import { memoryLog, redisLog } from 'perennial-sse';

const { REDIS_URL } = process.env;

/** Where answers and news are kept: in Redis all instances of this application share them. */
export const log = REDIS_URL ? redisLog({ url: REDIS_URL }) : memoryLog();
