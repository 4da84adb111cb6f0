-- Puts a value in the place of another, if that is there.
-- KEYS: value. ARGV: what is there, what is to be, time to live (ms; 0 for ever).
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then redis.call('SET', KEYS[1], ARGV[2])
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1
