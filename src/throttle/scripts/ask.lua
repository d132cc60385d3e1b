-- A call asks for its turn. ARGV: lane, ticket, client, patience (or nothing).
local lane, ticket = ARGV[3], ARGV[4]
forget_the_unheard(lane)
if not redis.call('ZSCORE', key('line', lane), ticket) then
  local wait = join(lane, ticket, ARGV[5], tonumber(ARGV[6]))
  if wait then
    return { 'full', wait }
  end
end
hear(lane, ticket)
local verdict = turn(lane, ticket, redis.call('ZRANK', key('line', lane), ticket))
if verdict[1] == 'go' then
  serve(lane, ticket)
end
return verdict
