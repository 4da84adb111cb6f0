-- Ends a run behind its last entry.
-- KEYS: metadata, entries. ARGV: token, number of the last entry, status, failure in JSON, retention (ms), channel,
-- command that publishes.
local known = redis.call('HMGET', KEYS[1], 'token', 'status', 'last', 'generation')
if not known[1] then return {'missing'} end
if known[1] ~= ARGV[1] then return {'fenced'} end
if known[2] == ARGV[3] then return {'ok', known[3], 0, -1} end
if known[2] ~= 'open' then return {'fenced'} end
local last = redis.call('XLEN', KEYS[2])
if last < tonumber(ARGV[2]) then return {'hole', last + 1} end
-- From now on it is known how many there were, whatever Redis drops.
redis.call('HSET', KEYS[1], 'status', ARGV[3], 'failure', ARGV[4], 'last', last)
redis.call('HDEL', KEYS[1], 'open')
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call(ARGV[7], ARGV[6], known[4] .. ' end ')
return {'ok', last, 0, -1}
