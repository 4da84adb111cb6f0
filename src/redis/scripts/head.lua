-- Where a channel stands. If it lacks what somebody has seen, it begins a new epoch.
-- KEYS: metadata, entries. ARGV: epoch of a new channel, epoch, offset and time that were seen, channel, command that
-- publishes.
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000000 + time[2])
local known = redis.call('HMGET', KEYS[1], 'epoch', 'last')
local epoch, last = known[1], tonumber(known[2] or '0')
if not epoch then redis.call('DEL', KEYS[2]) end
local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
local begins = not epoch
if epoch and epoch == ARGV[2] then
  local seen = tonumber(ARGV[3])
  if seen > last then
    begins = true
  elseif seen > 0 then
    local entry = redis.call('XRANGE', KEYS[2], seen .. '-0', seen .. '-0')[1]
    begins = entry and ARGV[4] ~= '0' and entry[2][2] ~= ARGV[4]
  end
end
if begins then
  epoch = ARGV[1]
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'last', last)
  redis.call('PEXPIRE', KEYS[1], 2592000000)
  if known[1] then redis.call(ARGV[6], ARGV[5], epoch .. ' 0 0 - ') end
end
return {epoch, last, now, first and first[1]:match('^%d+') or last + 1}
