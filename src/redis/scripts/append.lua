-- Appends entries that follow the last one, and rings once for all. Their numbers have no holes: as many as there are is
-- the last. It runs more often than all others together, and each call of Redis counts.
-- KEYS: metadata, entries. ARGV: token, channel, command that publishes, largest message, generation, time to live
-- (ms), kind, number of the first entry, entries.
if redis.call('HGET', KEYS[1], 'open') ~= ARGV[1] then
  if redis.call('EXISTS', KEYS[1]) == 0 then return {'missing'} end
  return {'fenced'}
end
local first, last = tonumber(ARGV[8]), redis.call('XLEN', KEYS[2])
if first > last + 1 then return {'hole', last + 1} end
-- What is there already was appended before, and its reply was lost.
local begins = 9 + last + 1 - first
if begins > #ARGV then return last end
for at = begins, #ARGV do
  redis.call('XADD', KEYS[2], first + at - 9 .. '-0', 'e', ARGV[at])
end
if last == 0 then
  redis.call('PEXPIRE', KEYS[2], ARGV[6])
  redis.call('HSET', KEYS[1], 'kind', ARGV[7])
end

local sizes, text = #ARGV[begins], ARGV[begins]
for at = begins + 1, #ARGV do
  sizes, text = sizes .. ',' .. #ARGV[at], text .. ARGV[at]
end
if #text <= tonumber(ARGV[4]) then
  redis.call(ARGV[3], ARGV[2], ARGV[5] .. ' ' .. last + 1 .. ' ' .. sizes .. ' ' .. text)
else
  redis.call(ARGV[3], ARGV[2], ARGV[5] .. ' ' .. last + 1 .. ' ')
end
return first + #ARGV - 9
