-- Lists revoked tokens, those that end last first. KEYS: all of them, sorted by when they end, and their revision. ARGV: the
-- present second, the revision that is known, where to begin, and how many to list. Gives nothing at the beginning if the revision
-- is still the same, and else the present one and what is listed.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
local revision = redis.call('HMGET', KEYS[2], 'since', 'count')
local since, count = revision[1] or '', tonumber(revision[2] or 0)
local first = tonumber(ARGV[4])
-- An empty list may have been forgotten.
if first == 0 and since ~= '' and since == ARGV[2] and count == tonumber(ARGV[3]) then
  return false
end
local listed = redis.call('ZREVRANGE', KEYS[1], first, first + ARGV[5] - 1)
return { since, count, listed }
