-- Appends entries that follow the last one, and rings once for all. Their numbers have no holes: as many as there are is
-- the last.
-- KEYS: metadata, entries. ARGV: token, time to live (ms), channel, command that publishes, largest message, kind,
-- number of the first entry, entries.
local known = redis.call('HMGET', KEYS[1], 'token', 'status', 'stops', 'generation')
if not known[1] then return {'missing'} end
if known[1] ~= ARGV[1] or known[2] ~= 'open' then return {'fenced'} end

local first, last = tonumber(ARGV[7]), redis.call('XLEN', KEYS[2])
if first > last + 1 then return {'hole', last + 1} end
-- What is there already was appended before, and its reply was lost.
local begins = 8 + last + 1 - first
local sizes, size = {}, 0
for at = begins, #ARGV do
  redis.call('XADD', KEYS[2], first + at - 8 .. '-0', 'e', ARGV[at])
  sizes[#sizes + 1] = #ARGV[at]
  size = size + #ARGV[at]
end
if size > 0 then
  if last == 0 then
    redis.call('PEXPIRE', KEYS[2], ARGV[2])
    redis.call('HSET', KEYS[1], 'kind', ARGV[6])
  end
  local bell = known[4] .. ' ' .. last + 1 .. ' '
  if size <= tonumber(ARGV[5]) then
    bell = bell .. table.concat(sizes, ',') .. ' ' .. table.concat(ARGV, '', begins)
  end
  redis.call(ARGV[4], ARGV[3], bell)
end
return {'ok', last + #sizes, known[3] and 1 or 0, -1}
