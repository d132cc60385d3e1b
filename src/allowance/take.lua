-- Takes points out of a caller's bucket. KEYS[1] is the bucket: l, how many points were in it; a, when, in microseconds; g, how
-- many were lent to replicas; u, until when. ARGV holds, in millionths of points, how many go into it, how many come each
-- second, how many must be there, how many more are to be lent, how many were spent without asking, how many can be lent
-- at most, and for how many microseconds. Gives how many were taken, how many are left, how many are lent, and how many
-- microseconds longer.
local capacity, per_second, need, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local known = redis.call('HMGET', KEYS[1], 'l', 'a', 'g', 'u')
-- A bucket that nobody took from for long is full, and forgotten.
local level, at, lent, ends = capacity, now, 0, now
if known[1] then
  level, at, lent, ends = tonumber(known[1]), tonumber(known[2]), tonumber(known[3]), tonumber(known[4])
end
-- The clock may have stepped back.
now = math.max(now, at)
local function fill(moment)
  local came = math.floor((moment - at) * per_second / 1000000)
  level = math.min(math.max(0, capacity - lent), level + came)
  at = moment
end
if lent > 0 and now >= ends then
  -- What is lent leaves no room for what comes. From then on it does.
  fill(math.max(at, ends))
  lent = 0
end
fill(now)
level = math.max(0, level - ARGV[5])
local taken = 0
if need <= level then
  taken = math.min(level, need + want)
  if taken > need then
    lent = math.min(tonumber(ARGV[6]), lent + taken - need)
    ends = now + ARGV[7]
  end
end
level = level - taken
local left = math.max(0, ends - now)
local function whole(number)
  return string.format('%.0f', number)
end
redis.call('HSET', KEYS[1], 'l', whole(level), 'a', whole(now), 'g', whole(lent), 'u', whole(ends))
local full_in = math.ceil((capacity - level) / math.max(1, per_second) * 1000 + left / 1000) + 1000
redis.call('PEXPIRE', KEYS[1], whole(math.min(full_in, 2592000000)))
return {taken, level, lent, left}
