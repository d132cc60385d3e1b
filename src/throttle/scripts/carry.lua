-- A replica asks to carry what is wanted. ARGV: the call's ticket, how many go into it, and until when the flight is lent to
-- the replica. Gives 'go', the moment, and the tokens; or 'nothing'; or the verdict.
local ticket, seats, lease = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
forget_the_unheard('list')
local first = redis.call('ZRANGE', key('line', 'list'), 0, 0)[1]
if not first then
  return { 'nothing' }
end
-- A call that waits for itself has a ticket with a colon; it comes by itself.
local verdict = turn('list', ticket, string.find(first, ':', 1, true) and 1 or 0)
if verdict[1] ~= 'go' then
  return verdict
end
for _, token in ipairs(redis.call('ZRANGE', key('line', 'list'), 0, seats - 1)) do
  if not string.find(token, ':', 1, true) then
    serve('list', token)
    redis.call('ZADD', key('flying'), text(now + lease), token)
    verdict[#verdict + 1] = token
  end
end
return verdict
