-- Keeps a run for another lease.
-- KEYS: metadata, entries. ARGV: token, lease, time to live (both in ms).
local known = redis.call('HMGET', KEYS[1], 'token', 'status', 'stops', 'seen')
if not known[1] then return {'missing'} end
if known[1] ~= ARGV[1] or known[2] ~= 'open' then return {'fenced'} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'lease', now + tonumber(ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return {'ok', 0, known[3] and 1 or 0, now - tonumber(known[4] or '0')}
