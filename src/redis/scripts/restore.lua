-- Writes the metadata of a run again that Redis lost; its producer is here and has all entries.
-- KEYS: metadata, entries. ARGV: generation, token, lease, time to live (both in ms).
if redis.call('EXISTS', KEYS[1]) == 1 then
  return redis.call('HGET', KEYS[1], 'token') == ARGV[2] and 1 or 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], 'status', 'open', 'generation', ARGV[1], 'token', ARGV[2],
  'open', ARGV[2], 'lease', now + tonumber(ARGV[3]), 'kind', 'frames')
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
