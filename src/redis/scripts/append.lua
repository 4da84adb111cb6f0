-- Appends entries that follow the last one, and rings.
-- KEYS: metadata, entries. ARGV: token, time to live (ms), channel, command that publishes, largest message, kind,
-- number of the first entry, entries.
local known = redis.call('HMGET', KEYS[1], 'token', 'status', 'last', 'stops', 'generation')
if not known[1] then return {'missing'} end
if known[1] ~= ARGV[1] or known[2] ~= 'open' then return {'fenced'} end

local first, last = tonumber(ARGV[7]), tonumber(known[3])
for at = 8, #ARGV do
  local seq = first + at - 8
  if seq > last + 1 then return {'hole', last + 1} end
  if seq == last + 1 then
    local id, entry = seq .. '-0', ARGV[at]
    if last == 0 then
      redis.call('XADD', KEYS[2], id, 'e', entry)
      redis.call('PEXPIRE', KEYS[2], ARGV[2])
      redis.call('HSET', KEYS[1], 'kind', ARGV[6])
    elseif not redis.call('XADD', KEYS[2], 'NOMKSTREAM', id, 'e', entry) then
      -- Redis has dropped the entries and kept the rest.
      redis.call('HSET', KEYS[1], 'last', 0)
      return {'hole', 1}
    end
    last = seq
    local bell = known[5] .. ' ' .. seq .. ' '
    if #entry <= tonumber(ARGV[5]) then bell = bell .. entry end
    redis.call(ARGV[4], ARGV[3], bell)
  end
end
redis.call('HSET', KEYS[1], 'last', last)
return {'ok', last, known[4] and 1 or 0, -1}
