-- Who is in a channel at which processes.
-- KEYS: hash of the channel. ARGV: for how long what a process says holds (ms).
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local all = redis.call('HGETALL', KEYS[1])
local fresh = {}
for at = 1, #all, 2 do
  local said, who = all[at + 1]:match('^(%d+) (.*)$')
  if said and tonumber(said) + tonumber(ARGV[1]) > now then
    fresh[#fresh + 1] = all[at]
    fresh[#fresh + 1] = who
  end
end
return fresh
