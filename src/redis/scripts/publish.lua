-- Appends an event to a channel, and rings.
-- KEYS: metadata, entries, publishers, remembered id. ARGV: epoch of a new channel, epoch and offset that the
-- publisher has seen, publisher, its number of the event, id that is remembered (or none), largest number of events,
-- bytes, age (ms), channel, command that publishes, largest message, key, frame.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local known = redis.call('HMGET', KEYS[1], 'epoch', 'last', 'bytes', 'oldest')
local epoch, last, bytes, oldest = known[1], tonumber(known[2] or '0'), tonumber(known[3] or '0'), tonumber(known[4] or '0')

-- A publisher counts its events. One that was done, and whose reply was lost, is among the last.
local number, origin = tonumber(ARGV[5]), ARGV[4] .. ':' .. ARGV[5]
local done = tonumber(redis.call('HGET', KEYS[3], ARGV[4]) or '0')
if done >= number then
  for _, entry in ipairs(redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 256)) do
    if entry[2][6] == origin then return {epoch or ARGV[1], tonumber(entry[1]:match('^%d+')), 1} end
  end
end
if ARGV[6] ~= '' then
  local remembered = redis.call('GET', KEYS[4])
  if remembered then return {epoch or ARGV[1], tonumber(remembered), 1} end
end

-- Somebody has seen what is not there any more: offsets mean something else from now on.
if not epoch then redis.call('DEL', KEYS[2]) end
if not epoch or (ARGV[2] == epoch and tonumber(ARGV[3]) > last) then
  epoch = ARGV[1]
  redis.call('HSET', KEYS[1], 'epoch', epoch)
end

last = last + 1
local kept = redis.call('XLEN', KEYS[2])
-- What was kept has expired.
if kept == 0 then bytes, oldest = 0, 0 end
local entry = {'t', string.format('%.0f', now), 'f', ARGV[14], 'o', origin}
if ARGV[13] ~= '' then entry[7], entry[8] = 'k', ARGV[13] end
redis.call('XADD', KEYS[2], last .. '-0', unpack(entry))
bytes = bytes + #ARGV[14]
if oldest == 0 then oldest = now end

local most, room, age = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]) * 1000
kept = kept + 1
while kept > 1 and (kept > most or bytes > room or oldest + age < now) do
  local heads = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 2)
  redis.call('XDEL', KEYS[2], heads[1][1])
  bytes = bytes - #heads[1][2][4]
  oldest = tonumber(heads[2][2][2])
  kept = kept - 1
end
redis.call('HSET', KEYS[1], 'last', last, 'bytes', bytes, 'oldest', string.format('%.0f', oldest))
-- Where a quiet channel stands outlives its events by thirty days.
redis.call('PEXPIRE', KEYS[1], 2592000000)
redis.call('PEXPIRE', KEYS[2], ARGV[9])
redis.call('HSET', KEYS[3], ARGV[4], math.max(done, number))
redis.call('PEXPIRE', KEYS[3], 60000)
if ARGV[6] ~= '' then redis.call('SET', KEYS[4], last, 'PX', 60000) end

local bell = epoch .. ' ' .. last .. ' ' .. string.format('%.0f', now) .. ' ' .. origin .. ' '
if #ARGV[13] + #ARGV[14] <= tonumber(ARGV[12]) then
  bell = bell .. #ARGV[13] .. ' ' .. ARGV[13] .. ARGV[14]
end
redis.call(ARGV[11], ARGV[10], bell)
return {epoch, last, 0}
