-- Appends entries that follow the last one, and rings. Their numbers have no holes: as many as there are is the last.
-- KEYS: metadata, entries. ARGV: token, time to live (ms), channel, command that publishes, largest message, kind,
-- number of the first entry, entries.
local known = redis.call('HMGET', KEYS[1], 'token', 'status', 'stops', 'generation')
if not known[1] then return {'missing'} end
if known[1] ~= ARGV[1] or known[2] ~= 'open' then return {'fenced'} end

local first, last = tonumber(ARGV[7]), redis.call('XLEN', KEYS[2])
for at = 8, #ARGV do
  local seq = first + at - 8
  if seq > last + 1 then return {'hole', last + 1} end
  if seq == last + 1 then
    local entry = ARGV[at]
    redis.call('XADD', KEYS[2], seq .. '-0', 'e', entry)
    if last == 0 then
      redis.call('PEXPIRE', KEYS[2], ARGV[2])
      redis.call('HSET', KEYS[1], 'kind', ARGV[6])
    end
    last = seq
    local bell = known[4] .. ' ' .. seq .. ' '
    if #entry <= tonumber(ARGV[5]) then bell = bell .. entry end
    redis.call(ARGV[4], ARGV[3], bell)
  end
end
return {'ok', last, known[3] and 1 or 0, -1}
