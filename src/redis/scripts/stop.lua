-- Asks the producer of a run to stop.
-- KEYS: metadata. ARGV: channel, command that publishes.
if redis.call('HGET', KEYS[1], 'status') ~= 'open' then return 0 end
redis.call('HSET', KEYS[1], 'stops', 1)
redis.call(ARGV[2], ARGV[1], 'stop')
return 1
