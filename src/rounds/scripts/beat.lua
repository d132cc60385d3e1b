-- A replica says that it lives and what is new in what it watches, and asks for the rounds or keeps them.
--   KEYS  who makes the rounds, who watches, what this replica watches, the sign that the upstream tells of changes
--   ARGV  replica; how many ms the rounds are its own, how many ms it is believed to watch, how many ms the sign stays
--         (0 for no new sign); 'anew' if what is known of it is out of date; how many topics come; those; those that go
-- When Redis has forgotten everything the first to beat makes the rounds, while who made them believes for one more beat that
-- he does: for less than a second both ask.
-- Gives whether it makes the rounds, how many of its topics are known, and how many ms the sign stays yet.
local me = ARGV[1]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local changed = ARGV[5] == 'anew' and redis.call('DEL', KEYS[3]) > 0
local first_to_go = 7 + tonumber(ARGV[6])
for at = 7, #ARGV do
  local command = at < first_to_go and 'SADD' or 'SREM'
  changed = redis.call(command, KEYS[3], ARGV[at]) > 0 or changed
end
local known = redis.call('SCARD', KEYS[3])
if known == 0 then
  redis.call('HDEL', KEYS[2], me)
else
  local said = redis.call('HGET', KEYS[2], me)
  local version = said and string.match(said, ' (.+)$')
  if changed or not version then
    version = time[1] .. '.' .. time[2]
  end
  redis.call('HSET', KEYS[2], me, string.format('%.0f', now + tonumber(ARGV[3])) .. ' ' .. version)
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
  redis.call('PEXPIRE', KEYS[3], ARGV[3])
end

if ARGV[4] ~= '0' then
  redis.call('SET', KEYS[4], '1', 'PX', ARGV[4])
end
local holder = redis.call('GET', KEYS[1])
local is_mine = not holder or holder == me
if is_mine then
  redis.call('SET', KEYS[1], me, 'PX', ARGV[2])
end
return { is_mine and 1 or 0, known, math.max(0, redis.call('PTTL', KEYS[4])) }
