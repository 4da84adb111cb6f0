-- Where a run stands. A producer is given up whose lease has been over while somebody watched.
-- KEYS: metadata, entries. ARGV: somebody reads it (1), until when the producer may be given up (0: not), for
-- how long a lost run is kept (ms), channel, command that publishes.
local known = redis.call('HMGET', KEYS[1], 'status', 'generation', 'token', 'last', 'failure', 'lease', 'kind')
if not known[1] then return false end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local status, last = known[1], known[4]
if status == 'open' then last = redis.call('XLEN', KEYS[2]) end
if status == 'open' then
  if tonumber(known[6]) < now and now <= tonumber(ARGV[2]) then
    status = 'lost'
    redis.call('HSET', KEYS[1], 'status', status, 'last', last)
    redis.call('HDEL', KEYS[1], 'open')
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
    redis.call('PEXPIRE', KEYS[2], ARGV[3])
    redis.call(ARGV[5], ARGV[4], known[2] .. ' end ')
  elseif ARGV[1] == '1' then
    redis.call('HSET', KEYS[1], 'seen', now)
  end
end
return {status, known[2], known[3], last, known[5] or '', tonumber(known[6]) < now and 1 or 0, known[7]}
