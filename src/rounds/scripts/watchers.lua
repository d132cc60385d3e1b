-- Who watches: a list of replicas, each followed by the version of what it watches. KEYS: who watches.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local all = redis.call('HGETALL', KEYS[1])
local watchers = {}
for at = 1, #all, 2 do
  local ends, version = string.match(all[at + 1], '^(%d+) (.+)$')
  if ends and tonumber(ends) > now then
    watchers[#watchers + 1] = all[at]
    watchers[#watchers + 1] = version
  else
    redis.call('HDEL', KEYS[1], all[at])
  end
end
return watchers
