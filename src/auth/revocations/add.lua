-- Takes revoked tokens into the list, and others out of it. KEYS: all of them, sorted by when they end, and their revision. ARGV:
-- the present second, how many there may be, what a new list is called, how many come out of it, and those; then the end and the
-- text of each that goes in. Gives the revision after that, or nothing if there is no room for all of them.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
local first = 5 + ARGV[4]
for index = 5, first - 1 do
  -- Whoever reads the list in parts has to know that some of it moved.
  if redis.call('ZREM', KEYS[1], ARGV[index]) == 1 then
    redis.call('HSETNX', KEYS[2], 'since', ARGV[3])
    redis.call('HINCRBY', KEYS[2], 'count', 1)
  end
end
local room = tonumber(ARGV[2]) - redis.call('ZCARD', KEYS[1])
local has_room = true
for index = first, #ARGV, 2 do
  local text = ARGV[index + 1]
  if not redis.call('ZSCORE', KEYS[1], text) then
    room = room - 1
    if room < 0 then
      has_room = false
      break
    end
    -- What it is called is random, so that a Redis that has forgotten everything never comes to the same revisions.
    redis.call('HSETNX', KEYS[2], 'since', ARGV[3])
    redis.call('HINCRBY', KEYS[2], 'count', 1)
    redis.call('ZADD', KEYS[1], ARGV[index], text)
  end
end
-- No token counts for longer than 30 days.
redis.call('EXPIRE', KEYS[1], 31 * 24 * 60 * 60)
redis.call('EXPIRE', KEYS[2], 31 * 24 * 60 * 60)
if not has_room then
  return false
end
local revision = redis.call('HMGET', KEYS[2], 'since', 'count')
return { revision[1] or '', tonumber(revision[2] or 0) }
