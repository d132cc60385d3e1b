-- Lists the tokens that were revoked. KEYS: all of them, sorted by when they end, and their revision. ARGV: the present second,
-- and the revision that is known. Gives nothing if it is still the same, and else the present one and all of them with their ends.
local revision = redis.call('HMGET', KEYS[2], 'since', 'count')
local since, count = revision[1] or '', tonumber(revision[2] or 0)
-- An empty list may have been forgotten.
if since ~= '' and since == ARGV[2] and count == tonumber(ARGV[3]) then
  return false
end
local listed = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf', 'WITHSCORES')
local revoked = {}
for index = 1, #listed, 2 do
  revoked[#revoked + 1] = { listed[index], tonumber(listed[index + 1]) }
end
return { since, count, revoked }
