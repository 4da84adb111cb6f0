-- Appends entries that follow the last one, and rings.
-- KEYS: metadata, entries. ARGV: token, time to live (ms), channel, command that publishes, largest message, kind,
-- number of the first entry, entries.
local token, ttl, first = ARGV[1], ARGV[2], tonumber(ARGV[7])
local known = redis.call('HMGET', KEYS[1], 'token', 'status', 'last', 'stops', 'seen', 'generation')
if not known[1] then return {'missing'} end
if known[1] ~= token or known[2] ~= 'open' then return {'fenced'} end

local last = tonumber(known[3])
-- Redis may have dropped the entries and kept the rest.
if last > 0 and redis.call('EXISTS', KEYS[2]) == 0 then last = 0 end
local before = last
for at = 8, #ARGV do
  local seq = first + at - 8
  if seq > last + 1 then return {'hole', last + 1} end
  if seq == last + 1 then
    redis.call('XADD', KEYS[2], seq .. '-0', 'e', ARGV[at])
    last = seq
    local bell = known[6] .. ' ' .. seq .. ' '
    if #ARGV[at] <= tonumber(ARGV[5]) then bell = bell .. ARGV[at] end
    redis.call(ARGV[4], ARGV[3], bell)
  end
end
if last ~= tonumber(known[3]) then redis.call('HSET', KEYS[1], 'last', last, 'kind', ARGV[6]) end
if before == 0 then redis.call('PEXPIRE', KEYS[2], ttl) end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return {'ok', last, known[4] and 1 or 0, now - tonumber(known[5] or '0')}
