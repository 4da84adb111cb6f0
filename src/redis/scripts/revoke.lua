-- Revokes a user, for all processes.
-- KEYS: sorted set of revocations by when. ARGV: user, until (ms since 1970; 0: for a day), channel, command that
-- publishes.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local day = 86400000
local until_ = tonumber(ARGV[2])
if until_ == 0 then until_ = now + day end
-- What was issued before stays refused for thirty days more.
local oldest = now - 30 * day
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', oldest)) do
  if tonumber(member:match('^%d+')) < oldest then redis.call('ZREM', KEYS[1], member) end
end
local text = string.format('%.0f %s', until_, ARGV[1])
redis.call('ZADD', KEYS[1], now, text)
redis.call(ARGV[4], ARGV[3], 'revoke ' .. string.format('%.0f ', now) .. text)
return {string.format('%.0f', now), string.format('%.0f', until_)}
