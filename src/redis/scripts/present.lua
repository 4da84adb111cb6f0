-- Says who is in a channel at one process; Redis says when.
-- KEYS: hash of the channel. ARGV: process, who (nothing: nobody), for how long it holds (ms).
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[1], ARGV[1], time[1] * 1000 + math.floor(time[2] / 1000) .. ' ' .. ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
