-- Takes a run for its producer, or says whose it is.
-- KEYS: metadata, entries. ARGV: generation, token, lease, time to live (both in ms), until when a producer whose
-- lease is over may be given up (0: not), may a lost run begin anew (1), may entries without metadata be dropped (1).
local generation, token, lease, ttl = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'status', 'lease', 'last', 'generation', 'token')
local status, last = known[1], tonumber(known[3] or '0')
local begins = not status

if begins and ARGV[7] == '0' and redis.call('EXISTS', KEYS[2]) == 1 then
  return {'unknown'}
end
if status == 'open' and known[5] == token then
  return {'producer', known[4]}
end
if status == 'open' and tonumber(known[2]) < now and now <= tonumber(ARGV[5]) then
  status, last = 'lost', redis.call('XLEN', KEYS[2])
  redis.call('HSET', KEYS[1], 'status', status, 'last', last)
  redis.call('HDEL', KEYS[1], 'open')
end
if status == 'error' then begins = last == 0 end
if status == 'lost' then begins = last == 0 or ARGV[6] == '1' end
if not begins then
  return {'reader', known[4]}
end

redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'status', 'open', 'generation', generation, 'token', token,
  'open', token, 'lease', now + lease, 'kind', 'frames')
redis.call('PEXPIRE', KEYS[1], ttl)
return {'producer', generation}
